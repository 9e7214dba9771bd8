import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse keyring rotate tenant`: a new data key, and everything sealed anew with it.
struct RotateTenantKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Give tenants new data keys, and seal everything anew with them.",
        discussion: """
            The tenants are served all the while. The old key stays until nothing and nobody needs it; `gatehouse \
            keyring prune` destroys it two hours later. Where an earlier change was not finished, it is finished first, \
            and no further key is made.
            """
    )

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: TenantChoice

    func run() async throws {
        try await Installation.use(options) { [choice] installation in
            let progress = Progress(isShown: !installation.settings.json)
            let rows = try await installation.forEach(choice) { record in
                let outcome = try await installation.rotation(of: record.id).rotateDataKey { cells in
                    progress.show("\(record.slug): sealed \(cells.sealed) values anew")
                }
                return RotatedTenantRow(record, outcome)
            }
            try installation.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
            guard rows.allSatisfy({ $0.damaged == 0 }) else { throw ExitCode.refused }
        }
    }
}

/// `gatehouse keyring prune`: destroys keys that nothing is on any more.
struct KeyringPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Destroy retired data keys and hash keys that nothing is on any more and that no node remembers.",
        discussion: """
            A data key is kept for two hours after it was retired. What was sealed with a destroyed key is gone. A hash key \
            is kept as long as a secret that was made with it: those of API keys that are over go 90 days later.
            """
    )

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: TenantChoice

    func run() async throws {
        try await Installation.use(options) { [choice] installation in
            let rows = try await installation.forEach(choice) { record in
                let result = try await installation.rotation(of: record.id).destroyRetiredKeys()
                let hashKeys = try await installation.hashKeyRotation(of: record.id).destroyOldKeys()
                return PrunedTenantRow(
                    tenant: record.slug, destroyed: result.destroyed, kept: result.kept,
                    destroyedHashKeys: hashKeys.count)
            }
            try installation.output.show(rows) {
                rows.map(\.words).joined(separator: "\n")
            }
        }
    }
}

/// `gatehouse keyring rotate signing`: the next signing key signs from now on.
struct RotateSigningKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signing",
        abstract: "Let the next signing key of a tenant sign, which verifiers know already, and publish another.",
        discussion: "Tokens that the old key signed stay valid until they expire. Other nodes follow within a minute."
    )

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    func run() async throws {
        try await Installation.use(options) { [tenant] installation in
            let id = try await installation.withTenant(tenant) { tenant in
                try await installation.kernel.signingKeys.rotate(tenant).active.id.description
            }
            try installation.output.show(["tenant": tenant, "signing_key": id]) { "\(tenant): \(id) signs now" }
        }
    }
}

/// What became of a tenant's data key.
private struct RotatedTenantRow: Encodable, Sendable {
    let tenant: String
    let hasNewKey: Bool
    let key: String
    let sealed: Int
    let damaged: Int

    init(_ record: TenantRecord, _ outcome: KeyRotation.Outcome) {
        tenant = record.slug
        hasNewKey = outcome.hasNewKey
        key = outcome.activeKey.description
        sealed = outcome.cells.sealed
        damaged = outcome.cells.damaged
    }

    var words: String {
        let what =
            hasNewKey ? "sealed \(sealed) values anew with \(key)" : "finished an earlier change: \(sealed) values"
        let damage = damaged == 0 ? "" : "; \(damaged) values do not open and were left as they are, see the log"
        return "\(tenant): \(what)\(damage)"
    }
}

private struct PrunedTenantRow: Encodable, Sendable {
    let tenant: String
    let destroyed: Int
    let kept: Int
    let destroyedHashKeys: Int

    var words: String {
        let hashKeys = destroyedHashKeys > 0 ? "; destroyed \(destroyedHashKeys) hash keys" : ""
        return "\(tenant): destroyed \(destroyed) keys, kept \(kept)\(hashKeys)"
    }
}
