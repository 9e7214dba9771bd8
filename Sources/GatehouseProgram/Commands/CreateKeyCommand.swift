import ArgumentParser
import Kernel
import PluginKit
import WebAPI

/// `gatehouse keys create`: a key of the tenant itself.
struct CreateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
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

    @Option(help: "Something to keep with it, NAME=VALUE, which verifying it tells; once for each.")
    var metadata: [String] = []

    func run() async throws {
        let new = NewAPIKey(
            name: try KeyArguments.name(name), scopes: try KeyArguments.scopes(scope),
            lifetimeSeconds: try expiresIn.map(KeyArguments.secretLifetime),
            allowedNetworks: try KeyArguments.networks(allowedNetwork),
            rateLimit: try rateLimit.map(KeyArguments.rateLimit), metadata: try KeyArguments.metadata(metadata))
        try await Installation.use(options) { [tenant] installation in
            let row = try await installation.withKeys(of: tenant) { tenant, caller in
                let keys = try await installation.kernel.apiKeys(of: tenant)
                let issued = try KeyArguments.value(try await keys.create(new, by: caller))
                return NewKeyView(issued, of: tenant, at: installation.kernel.now())
            }
            if !installation.settings.json { Output.complain(row.words) }
            try installation.output.show(row) { row.key }
        }
    }
}
