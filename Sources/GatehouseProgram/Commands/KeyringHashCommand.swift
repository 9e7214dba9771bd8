import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse keyring rotate hash`: what new secrets of API keys are hashed with.
struct RotateHashKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Give tenants new keys to hash their API keys with.",
        discussion: """
            API keys stay as they are, and good. A new hash key takes over \(Int(HashKeys.grace / 60)) minutes later, when every server knows it; \
            API keys that are made or rotated from then on are hashed with it. Until then no further one is made. An old \
            hash key is destroyed by this command or by `gatehouse keyring prune`, once no secret that was made with it \
            is kept; `gatehouse keyring status` says how many are.
            """
    )

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: TenantChoice

    func run() async throws {
        try await Installation.use(options) { [choice] installation in
            let rows = try await installation.forEach(choice) { record in
                RotatedHashKeyRow(record, try await installation.hashKeyRotation(of: record.id).rotate())
            }
            try installation.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
            guard !rows.contains(where: \.hasTooMany) else { throw ExitCode.refused }
        }
    }
}

/// What became of the hash keys of a tenant.
private struct RotatedHashKeyRow: Encodable, Sendable {
    let tenant: String
    /// `false` where the newest key has not taken over yet, or there are too many.
    let hasNewKey: Bool
    /// Whether no further one may be made until an old one is gone.
    let hasTooMany: Bool
    let key: HashKeyID?
    /// From when on new secrets are hashed with the newest key; `nil` where they are.
    let takesOverAt: Date?
    /// How many old keys were destroyed.
    let destroyed: Int
    let hashKeys: [HashKeyRow]

    init(_ record: TenantRecord, _ outcome: HashKeyRotation.Outcome) {
        tenant = record.slug
        hasNewKey = outcome.hasNewKey
        key = outcome.status.newest?.id
        takesOverAt = outcome.status.takesOverAt
        hasTooMany = !outcome.hasNewKey && outcome.status.takesOverAt == nil
        destroyed = outcome.destroyed
        hashKeys = HashKeyRow.rows(outcome.status)
    }

    var words: String {
        var lines = [what]
        if destroyed > 0 { lines.append("destroyed \(destroyed) old hash keys") }
        return (lines + older + remedy).map { "\(tenant): \($0)" }.joined(separator: "\n")
    }

    private var what: String {
        guard let key, !hasTooMany else { return "has \(hashKeys.count) hash keys, so no further one was made" }
        guard let takesOverAt else { return "made \(key), which hashes new secrets" }
        let when = "hashes new secrets from \(takesOverAt.formatted(.iso8601)) on"
        return hasNewKey ? "made \(key), which \(when)" : "made no further key: \(key) \(when)"
    }

    private var older: [String] {
        let open = hashKeys.dropFirst().reduce(0) { $0 + $1.openSecrets }
        return open > 0 ? ["\(open) secrets that have not ended are hashed with older ones"] : []
    }

    private var remedy: [String] {
        guard hasTooMany else { return [] }
        return [
            "rotate its API keys by `gatehouse keys rotate --tenant \(tenant)`; old secrets go 90 days after their end"
        ]
    }
}

/// A hash key, as commands print it.
struct HashKeyRow: Encodable, Sendable {
    let id: HashKeyID
    /// `next`, `active` or `retired`.
    let state: String
    let createdAt: Date
    /// How many secrets are kept that were made with it.
    let secrets: Int
    /// How many of them have not ended.
    let openSecrets: Int

    static func rows(_ status: HashKeyStatus) -> [HashKeyRow] {
        status.states.map { key, state in
            HashKeyRow(
                id: key.id, state: state.rawValue, createdAt: key.createdAt, secrets: key.secrets,
                openSecrets: key.openSecrets)
        }
    }

    var words: String {
        "  \(id) \(state), of \(createdAt.formatted(.iso8601)), hashes \(secrets) secrets of API keys, \(openSecrets) of them open"
    }
}
