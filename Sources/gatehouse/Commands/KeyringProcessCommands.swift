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
            knows both, and running servers take the new key up by themselves. Needs --migration-database-url for an \
            outside database.
            """
    )

    @OptionGroup var options: ProcessOptions

    func run() async throws {
        try await Installation.use(options) { installation in
            guard let migrator = installation.addresses.migrator else {
                Output.complain("--migration-database-url is missing: the address of the role gatehouse_migrator")
                throw ExitCode.usage
            }
            if case .folder(let folder) = installation.secrets.location {
                try ProcessKeys.replace(.context, in: folder)
            }
            let keys = try await ProcessKeys.read(from: installation.secrets)
            let runner = MigrationRunner(connection: migrator, logger: installation.logger)
            try await runner.installContextKeys(keys.context)
            try installation.output.show(["keys": keys.context.count]) {
                """
                the database knows \(keys.context.count) context keys; servers sign with the new one within seconds.
                When all of them do, remove context-key-previous and run `gatehouse migrate`.
                """
            }
        }
    }
}

/// `gatehouse keyring rotate pepper`: how far a tenant has come in changing its pepper.
struct RotatePepperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pepper",
        abstract: "See how far a tenant has come in changing the pepper of its passwords.",
        discussion: """
            A pepper goes into each hash before it is computed, so a hash changes over when its person signs in the next \
            time. To begin, move the present pepper of the tenant's file to `previous`, put the new one in its place \
            under a new id, and send the server SIGHUP. Exits with 1 while hashes carry another pepper than the present.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug or its id.")
    var tenant: String

    func run() async throws {
        try await Installation.use(options) { [tenant] installation in
            guard let record = try await installation.record(of: tenant) else {
                Output.complain("there is no tenant \(tenant); `gatehouse tenants list` shows them all")
                throw ExitCode.refused
            }
            let counts = try await installation.stores.tenants.database(of: record.id).rows(CountPasswordsByPepper())
            try installation.output.show(counts) {
                counts.map { "\($0.passwords) passwords with \($0.pepper.map { "pepper \($0)" } ?? "no pepper")" }
                    .joined(separator: "\n")
            }
            guard counts.count <= 1 else { throw ExitCode.refused }
        }
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
