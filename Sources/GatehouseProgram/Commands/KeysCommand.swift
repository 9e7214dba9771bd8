import ArgumentParser
import Foundation
import Kernel
import PluginKit
import WebAPI

/// `gatehouse keys`: a tenant's API keys, from the host's own command line.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list, show, change, rotate, revoke, delete and verify a tenant's API keys.",
        discussion: "Works beside running servers: they forget what they knew of a key as soon as it changes.",
        subcommands: [
            CreateKeyCommand.self, ListKeysCommand.self, ShowKeyCommand.self, UpdateKeyCommand.self,
            RotateKeysCommand.self, KeyRotationsCommand.self, FinishRotationCommand.self, CancelRotationCommand.self,
            RevokeKeyCommand.self, DeleteKeyCommand.self, VerifyKeyCommand.self, Pattern.self,
        ]
    )

    struct Pattern: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the regular expression that finds this tenant's keys, for scanners of leaked secrets.")

        @OptionGroup var options: ProcessOptions

        @Option(help: "The tenant's slug.")
        var tenant: String

        func run() async throws {
            try await Installation.use(options) { [tenant] installation in
                let pattern = try await installation.withKeys(of: tenant) { tenant, _ in
                    tenant.keys?.authenticator.pattern
                }
                guard let pattern else { throw ExitCode.refused }
                try installation.output.show(["pattern": pattern]) { pattern }
            }
        }
    }
}

/// Which key a command is about.
struct KeyChoice: ParsableArguments {
    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "The key's id: key_…")
    var key: String

    func id() throws -> KeyID { try KeyArguments.id(key, option: "--key") }
}

extension Installation {
    /// Lends a tenant, open, and the operator who works on its keys.
    func withKeys<Value>(of slug: String, _ body: (Tenant, Caller) async throws -> Value) async throws -> Value {
        let caller = hostCaller
        return try await withTenant(slug) { try await body($0, caller) }
    }

    /// Does something to one key, and shows the key as it is then.
    func settleKey(
        of slug: String, _ body: (APIKeys, Caller) async throws -> Outcome<APIKey>
    ) async throws {
        let row = try await withKeys(of: slug) { tenant, caller in
            let key = try KeyArguments.value(try await body(try await kernel.apiKeys(of: tenant), caller))
            return KeyView(key, of: tenant, at: kernel.now())
        }
        try output.show(row) { row.words }
    }
}
