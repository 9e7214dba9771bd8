import ArgumentParser
import Foundation
import Kernel
import PasswordLogin
import PluginKit
import PostgresStore

/// `gatehouse keyring rotate kek`: every tenant's data keys wrapped by another key-encryption key.
struct RotateKeyEncryptionKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kek",
        abstract: "Wrap every tenant's data keys with a new key-encryption key.",
        discussion: """
            Keys in a folder are made here: the present one becomes key-encryption-key-previous. In the environment or a \
            vault, put the new key in the place of the old one and the old one at key-encryption-key-previous first; a \
            transit key is rotated with `vault write -f transit/keys/NAME/rotate`. Running servers take the new key up \
            by themselves. Run again, this finishes what was left undone before it makes another key.
            """
    )

    @OptionGroup var options: ProcessOptions

    func run() async throws {
        try await Installation.use(options) { installation in
            let encryption = installation.kernel.hierarchy.encryption
            if try await isSettled(installation), case .folder(let folder) = installation.secrets.location {
                try ProcessKeys.replace(.keyEncryption, in: folder)
                encryption.use(try await ProcessKeys.read(from: installation.secrets).wrappers)
            }
            let progress = Progress(isShown: !installation.settings.json)
            let counter = Tally()
            let counts = try await installation.forEach(.everyTenant) { record in
                let count = try await installation.rotation(of: record.id).rewrap()
                progress.show("\(counter.next()) tenants done")
                return count
            }
            let row = RewrappedRow(
                keyEncryptionKey: try await encryption.currentKeyID(), tenants: counts.count,
                rewrapped: counts.reduce(0, +))
            try installation.output.show(row) { row.words(installation.secrets.location) }
        }
    }

    /// Whether every data key is wrapped by the present key-encryption key.
    private func isSettled(_ installation: Installation) async throws -> Bool {
        let current = try await installation.kernel.hierarchy.encryption.currentKeyID()
        let settled = try await installation.forEach(.everyTenant) { record in
            try await installation.rotation(of: record.id).status().keys.allSatisfy {
                $0.wrapped.wrapperKeyID == current
            }
        }
        return settled.allSatisfy(\.self)
    }
}

/// `gatehouse keyring rotate context`: another key signs the tenant context of transactions.
struct RotateContextKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context",
        abstract: "Sign the tenant context of transactions with a new key.",
        discussion: """
            A key in a folder is made here: the present one becomes context-key-previous. In the environment or a vault, \
            put the new key in the place of the old one and the old one at context-key-previous first. The database then \
            knows both, and running servers take the new key up by themselves. Within a minute of a change, no further \
            key is made: a server may still use the one before. Needs --migration-database-url for an outside database.
            """
    )

    @OptionGroup var options: ProcessOptions

    func run() async throws {
        try await Installation.use(options) { installation in
            guard let migrator = installation.addresses.migrator else {
                Output.complain("--migration-database-url is missing: the address of the role gatehouse_migrator")
                throw ExitCode.usage
            }
            var hasNewKey = false
            if case .folder(let folder) = installation.secrets.location, try await !isUnderway(installation) {
                try ProcessKeys.replace(.context, in: folder)
                hasNewKey = true
            }
            let keys = try await ProcessKeys.read(from: installation.secrets)
            let runner = MigrationRunner(connection: migrator, logger: installation.logger)
            try await runner.installContextKeys(keys.context)
            let row = ContextKeysRow(hasNewKey: hasNewKey, keys: keys.context.count)
            try installation.output.show(row) { row.words(installation.secrets.location) }
        }
    }

    // The database knows two keys. A third would drop the one that a server goes on signing with for some seconds.
    private func isUnderway(_ installation: Installation) async throws -> Bool {
        guard try await installation.secrets.secret(ProcessKeys.Name.context.previous) != nil,
            let changedAt = try await installation.secrets.secret(ProcessKeys.Name.context.rawValue)?.changedAt
        else { return false }
        return installation.kernel.now().timeIntervalSince(changedAt) < 60
    }
}

/// `gatehouse keyring rotate pepper`: how far a tenant has come in changing its pepper.
struct RotatePepperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pepper",
        abstract: "See how far a tenant has come in changing the pepper of its passwords.",
        discussion: """
            A pepper goes into each hash before it is computed, so a hash changes over when its person signs in the next \
            time. To begin, put the present value where `pepper.previous` of the tenant's file leads, and then the new \
            value where `pepper` leads; several servers on one database have to see the new value at `previous` before \
            the two are exchanged. Exits with 1 while hashes carry another pepper than the present one.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    func run() async throws {
        try await Installation.use(options) { [tenant] installation in
            let rows = try await installation.withTenant(tenant) { tenant in
                let present = try await (tenant.passwordKeeper as? PasswordLoginProvider)?.presentPepperID()
                return try await tenant.database.rows(CountPasswordsByPepper()).map { PepperRow($0, present: present) }
            }
            try installation.output.show(rows) {
                rows.isEmpty ? "there are no passwords yet" : rows.map(\.words).joined(separator: "\n")
            }
            guard rows.allSatisfy(\.isPresent) else { throw ExitCode.refused }
        }
    }
}

/// How many passwords carry one pepper.
private struct PepperRow: Encodable, Sendable {
    let pepper: String?
    let passwords: Int
    /// Whether new hashes carry it.
    let isPresent: Bool

    init(_ use: PepperUse, present: String?) {
        pepper = use.pepper
        passwords = use.passwords
        isPresent = use.pepper == present
    }

    var words: String {
        let name = pepper.map { "pepper \($0)" } ?? "no pepper"
        return "\(passwords) passwords with \(name)\(isPresent ? " (current)" : " (on its way out)")"
    }
}

private struct ContextKeysRow: Encodable {
    /// `false` where the change began before and was finished.
    let hasNewKey: Bool
    let keys: Int

    func words(_ location: ProcessSecretsLocation) -> String {
        var lines: [String] = []
        if case .folder = location, !hasNewKey {
            lines.append("the context key was changed less than a minute ago, so no further one was made")
        }
        guard keys > 1 else {
            return (lines + ["the database knows one context key, since there is no previous one"])
                .joined(separator: "\n")
        }
        let previous = location.name(of: ProcessKeys.Name.context.previous)
        lines.append("the database knows both context keys; servers sign with the new one within seconds")
        lines.append("when all of them do, remove \(previous) and run `gatehouse migrate`")
        return lines.joined(separator: "\n")
    }
}

private struct RewrappedRow: Encodable {
    let keyEncryptionKey: String
    let tenants: Int
    let rewrapped: Int

    func words(_ location: ProcessSecretsLocation) -> String {
        """
        \(rewrapped) data keys of \(tenants) tenants were wrapped anew; all are on \(keyEncryptionKey) now.
        Keep \(location.name(of: ProcessKeys.Name.keyEncryption.previous)) until every backup that you may restore is newer.
        """
    }
}

extension TenantChoice {
    fileprivate static var everyTenant: TenantChoice {
        var choice = TenantChoice()
        choice.tenant = nil
        choice.all = true
        return choice
    }
}
