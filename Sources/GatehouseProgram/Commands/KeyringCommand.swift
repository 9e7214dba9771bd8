import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse keyring`: what is on which key, and how keys are changed while everything is served.
struct KeyringCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyring",
        abstract: "See what is on which key, and change keys while everything is served.",
        discussion: """
            A key-encryption key of the process, or of a vault, wraps one data key per tenant; the data key seals the \
            tenant's personal data, its password hashes and its signing keys. Every change can be stopped at any point: \
            the same command goes on where it stopped.
            """,
        subcommands: [KeyringStatusCommand.self, Rotate.self, KeyringPruneCommand.self]
    )

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a key.",
            subcommands: [
                RotateKeyEncryptionKeyCommand.self, RotateTenantKeyCommand.self, RotateSigningKeyCommand.self,
                RotatePepperCommand.self, RotateContextKeyCommand.self, RotateHashKeyCommand.self,
            ]
        )
    }
}

/// Which tenants a command works on.
struct TenantChoice: ParsableArguments {
    @Option(help: "A tenant, by its slug or its id.")
    var tenant: String?

    @Flag(help: "Every tenant of the installation.")
    var all = false

    func validate() throws {
        guard (tenant == nil) == all else {
            throw ValidationError("Name one tenant by --tenant, or take them by --all.")
        }
    }
}

extension Installation {
    /// How many tenants are worked on at a time.
    static let tenantsAtOnce = 4

    /// Runs `body` for each tenant that was chosen, page by page, and gives what it gave in the order of the tenants. Those
    /// that are being let go of have no keys any more and are passed over.
    func forEach<Value: Sendable>(
        _ choice: TenantChoice, _ body: @escaping @Sendable (TenantRecord) async throws -> Value
    ) async throws -> [Value] {
        if let name = choice.tenant {
            return [try await body(try await existingRecord(of: name))]
        }
        var values: [Value] = []
        var last: TenantID?
        repeat {
            let page = try await tenantRecords.list(after: last, limit: 200)
            let present = page.filter { $0.state != .deleting }
            values += try await present.concurrentMap(atMost: Self.tenantsAtOnce, body)
            last = page.last?.id
        } while last != nil
        return values
    }
}
