import ArgumentParser
import Kernel
import PluginKit

/// `gatehouse keys update`: changes of a key that names what changes.
struct UpdateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change what a key is called, allows or is used from.",
        discussion: """
            What is not named stays as it is. Scopes, networks and metadata are replaced as a whole: name all that are to \
            stand.
            """)

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: KeyChoice

    @Option(help: "What the key is for.")
    var name: String?

    @Option(help: "A permission that it gives from now on; once for each.")
    var scope: [String] = []

    @Option(help: "A network it may be used from: 10.0.0.0/8; once for each.")
    var allowedNetwork: [String] = []

    @Flag(help: "It may be used from anywhere.")
    var anyNetwork = false

    @Option(help: "How often it may be used a minute.")
    var rateLimit: Int?

    @Flag(help: "It may be used as often as one likes.")
    var noRateLimit = false

    @Option(help: "Something to keep with it, NAME=VALUE, which verifying it tells; once for each.")
    var metadata: [String] = []

    @Flag(help: "Nothing is kept with it.")
    var noMetadata = false

    func validate() throws {
        if anyNetwork, !allowedNetwork.isEmpty { throw Self.contradiction("--any-network", "--allowed-network") }
        if noRateLimit, rateLimit != nil { throw Self.contradiction("--no-rate-limit", "--rate-limit") }
        if noMetadata, !metadata.isEmpty { throw Self.contradiction("--no-metadata", "--metadata") }
        let lists = [scope, allowedNetwork, metadata]
        let isNamed = name != nil || rateLimit != nil || anyNetwork || noRateLimit || noMetadata
        guard isNamed || lists.contains(where: { !$0.isEmpty }) else {
            throw ValidationError(
                """
                Say what to change: --name, --scope, --allowed-network or --any-network, --rate-limit or \
                --no-rate-limit, --metadata or --no-metadata.
                """)
        }
    }

    func run() async throws {
        let (id, changes) = (try choice.id(), try changes())
        try await Installation.use(options) { [choice] installation in
            try await installation.settleKey(of: choice.tenant) { try await $0.update(id, to: changes, by: $1) }
        }
    }

    /// What is named, and nothing else.
    func changes() throws -> APIKeyChanges {
        let limit = try rateLimit.map(KeyArguments.rateLimit)
        return APIKeyChanges(
            name: try name.map { try KeyArguments.name($0) },
            scopes: scope.isEmpty ? nil : try KeyArguments.scopes(scope),
            allowedNetworks: anyNetwork || !allowedNetwork.isEmpty ? try KeyArguments.networks(allowedNetwork) : nil,
            rateLimit: noRateLimit || limit != nil ? .some(limit) : nil,
            metadata: noMetadata || !metadata.isEmpty ? try KeyArguments.metadata(metadata) : nil)
    }

    private static func contradiction(_ one: String, _ other: String) -> ValidationError {
        ValidationError("Name one of \(one) and \(other).")
    }
}
