import ArgumentParser
import Kernel
import PluginKit
import WebAPI

/// `gatehouse keys show`: one key, and who uses it.
struct ShowKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one key with its secrets, and who uses each of them.",
        discussion: "Uses appear within seconds; of a secret, a hundred callers are kept.")

    /// As many as are told over HTTP.
    private static let mostCallers = 200

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: KeyChoice

    func run() async throws {
        let id = try choice.id()
        try await Installation.use(options) { [choice] installation in
            let row = try await installation.withKeys(of: choice.tenant) { tenant, _ in
                let keys = try await installation.kernel.apiKeys(of: tenant)
                let key = try KeyArguments.found(try await keys.key(id))
                let callers = try await keys.callers(of: key, limit: Self.mostCallers)
                return ShownKeyRow(KeyView(key, of: tenant, at: installation.kernel.now()), callers: callers)
            }
            try installation.output.show(row) { row.words }
        }
    }
}
