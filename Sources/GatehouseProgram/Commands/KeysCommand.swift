import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse keys`: a tenant's API keys, from the host's own command line.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list, rotate, revoke and verify a tenant's API keys.",
        discussion: "Works beside running servers: they forget what they knew of a key as soon as it changes.",
        subcommands: [
            Create.self, List.self, RotateKeysCommand.self, KeyRotationsCommand.self, FinishRotationCommand.self,
            CancelRotationCommand.self, Revoke.self, VerifyKeyCommand.self, Pattern.self,
        ]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key of the tenant itself and print it, this once.",
            discussion: "The key belongs to nobody in particular, so it outlives whoever works there.")

        @OptionGroup var options: ProcessOptions

        @Option(help: "The tenant's slug.")
        var tenant: String

        @Option(help: "What the key is for.")
        var name: String

        @Option(help: "A permission that it gives; once for each.")
        var scope: [String]

        @Option(help: "How long its secrets are good: 30d, 12h. (default: as long as the tenant allows)")
        var expiresIn: String?

        @Option(help: "A network it may be used from: 10.0.0.0/8; once for each. (default: anywhere)")
        var allowedNetwork: [String] = []

        @Option(help: "How often it may be used a minute. (default: without a limit)")
        var rateLimit: Int?

        func run() async throws {
            let new = NewAPIKey(
                name: try KeyArguments.name(name), scopes: try KeyArguments.scopes(scope),
                lifetimeSeconds: try expiresIn.map(KeyArguments.lifetime),
                allowedNetworks: try KeyArguments.networks(allowedNetwork),
                rateLimit: try rateLimit.map(KeyArguments.rateLimit))
            try await Installation.use(options) { [tenant] installation in
                let row = try await installation.withKeys(of: tenant) { tenant, caller in
                    let keys = try await installation.kernel.apiKeys(of: tenant)
                    return NewKeyRow(try KeyArguments.value(try await keys.create(new, by: caller)))
                }
                if !installation.settings.json { Output.complain(row.words) }
                try installation.output.show(row) { row.key }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys of a tenant, with the last use of each of their secrets.")

        @OptionGroup var options: ProcessOptions

        @Option(help: "The tenant's slug.")
        var tenant: String

        func run() async throws {
            try await Installation.use(options) { [tenant] installation in
                let rows = try await installation.withKeys(of: tenant) { tenant, _ in
                    try await Self.rows(of: tenant, in: installation.kernel)
                }
                try installation.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
            }
        }

        private static func rows(of tenant: Tenant, in kernel: KernelServices) async throws -> [KeyRow] {
            let keys = try await kernel.apiKeys(of: tenant)
            var rows: [KeyRow] = []
            var last: KeyID?
            repeat {
                let page = try await keys.list(after: last, limit: 200)
                rows += page.map { KeyRow($0, of: tenant, at: kernel.now()) }
                last = page.last?.id
            } while last != nil
            return rows
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a key with all its secrets, at once and everywhere.")

        @OptionGroup var options: ProcessOptions

        @Option(help: "The tenant's slug.")
        var tenant: String

        @Option(help: "The key's id: key_…")
        var key: String

        @Option(help: "Why, for the audit trail.")
        var reason: String?

        func run() async throws {
            let id: KeyID = try KeyArguments.id(key, option: "--key")
            let reason = try reason.map { try KeyArguments.name($0, option: "--reason") }
            try await Installation.use(options) { [tenant] installation in
                let row = try await installation.withKeys(of: tenant) { tenant, caller in
                    let keys = try await installation.kernel.apiKeys(of: tenant)
                    let outcome = try await keys.revoke(id, because: reason, by: caller)
                    return KeyRow(try KeyArguments.value(outcome), of: tenant, at: installation.kernel.now())
                }
                try installation.output.show(row) { row.words }
            }
        }
    }

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

extension Installation {
    /// Lends a tenant, open, and the operator who works on its keys.
    func withKeys<Value>(of slug: String, _ body: (Tenant, Caller) async throws -> Value) async throws -> Value {
        let caller = Caller.hostOperator(.host(RequestID.make(at: kernel.now()).description))
        return try await withTenant(slug) { try await body($0, caller) }
    }
}
