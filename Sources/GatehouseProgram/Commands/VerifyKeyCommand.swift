import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse keys verify`: whether a key is good, and why not.
struct VerifyKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Say whether a key is good, and why not. The key is read from standard input.",
        discussion: """
            Exits with 1 for a key that is not good, or whose tenant is suspended. The use does not show as one of the \
            key's, but counts against its rate limit.
            """)

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "A permission that it has to give; once for each.")
    var scope: [String] = []

    @Option(help: "The address it is used from, for a key that may be used from some networks only.")
    var from: String?

    func run() async throws {
        let scopes = Set(try KeyArguments.scopes(scope))
        let address = try from.map(KeyArguments.address)
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            Output.complain(
                "no key on standard input: printf %s \"$KEY\" | gatehouse keys verify --tenant \(tenant)")
            throw ExitCode.usage
        }
        let text = SecretText(line)
        // The answer tells all that the log would.
        try await Installation.use(options, saysAll: true) { [tenant] installation in
            let row = try await installation.withKeys(of: tenant) { tenant, caller in
                guard !tenant.isSuspended else {
                    Output.complain("the tenant \(tenant.slug) is suspended: none of its keys is good")
                    throw ExitCode.refused
                }
                let presented = PresentedKey(text: text, scopes: scopes, address: address, origin: caller.origin)
                let verdict = try await installation.kernel.keyVerifier.verify(presented, in: tenant)
                return VerdictRow(verdict, of: tenant)
            }
            try installation.output.show(row) { row.words }
            guard row.valid else { throw ExitCode.refused }
        }
    }
}

/// Whether a key is good, with the names of the HTTP answer.
struct VerdictRow: Encodable, Sendable {
    let valid: Bool
    private let code: String?
    private let keyID: KeyID?
    private let good: GoodKey?
    /// For people.
    let words: String

    private enum CodingKeys: String, CodingKey {
        case valid, code
        case keyID = "keyId"
    }

    init(_ verdict: KeyVerdict, of tenant: Tenant) {
        switch verdict {
        case .valid(let key):
            (valid, code, keyID, good) = (true, nil, key.key, GoodKey(key, of: tenant))
            let end = key.endsAt.formatted(.iso8601)
            words = "good: \(key.key) (\(key.name)) until \(end): \(key.scopes.joined(separator: " "))"
        case .refused(let refusal, let key):
            (valid, code, keyID, good) = (false, refusal.code, key, nil)
            words = "not good: \(refusal.code)" + (key.map { " (\($0))" } ?? "") + ": \(refusal.words)"
        }
    }

    func encode(to encoder: any Encoder) throws {
        try good?.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(valid, forKey: .valid)
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(keyID, forKey: .keyID)
    }
}

/// What is told of a key that is good.
private struct GoodKey: Encodable {
    let secretID: KeySecretID
    let tenantID: TenantID
    let tenant: String
    let name: String
    let ownerID: UserID?
    let scopes: [String]
    let metadata: [String: String]
    let expiresAt: Date

    private enum CodingKeys: String, CodingKey {
        case tenant, name, scopes, metadata, expiresAt
        case secretID = "secretId"
        case tenantID = "tenantId"
        case ownerID = "ownerId"
    }

    init(_ key: VerifiedKey, of tenant: Tenant) {
        secretID = key.secret
        tenantID = key.tenant
        self.tenant = tenant.slug.text
        name = key.name
        ownerID = key.owner
        scopes = key.scopes
        metadata = key.metadata
        expiresAt = key.endsAt
    }
}
