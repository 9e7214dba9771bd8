import ArgumentParser
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
                return VerdictRow(try await installation.kernel.keyVerifier.verify(presented, in: tenant))
            }
            try installation.output.show(row) { row.words }
            guard row.valid else { throw ExitCode.refused }
        }
    }
}
