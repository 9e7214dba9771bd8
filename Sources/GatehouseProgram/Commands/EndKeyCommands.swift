import ArgumentParser
import Kernel
import PluginKit

/// `gatehouse keys revoke`: ends a key, which stays on the lists.
struct RevokeKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a key with all its secrets, at once and everywhere.")

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: KeyChoice

    @Option(help: "Why, for the audit trail.")
    var reason: String?

    func run() async throws {
        let id = try choice.id()
        let reason = try reason.map { try KeyArguments.name($0, option: "--reason") }
        try await Installation.use(options) { [choice] installation in
            try await installation.settleKey(of: choice.tenant) { try await $0.revoke(id, because: reason, by: $1) }
        }
    }
}

/// `gatehouse keys delete`: ends a key, and takes it off the lists.
struct DeleteKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "End a key with all its secrets, at once and everywhere, and take it off the lists.",
        discussion: "The audit trail keeps what was done with it. `gatehouse keys revoke` leaves it to be seen.")

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: KeyChoice

    func run() async throws {
        let id = try choice.id()
        try await Installation.use(options) { [choice] installation in
            try await installation.withKeys(of: choice.tenant) { tenant, caller in
                let keys = try await installation.kernel.apiKeys(of: tenant)
                try KeyArguments.value(try await keys.delete(id, by: caller))
            }
            try installation.output.show(["id": id]) { "\(id) is deleted" }
        }
    }
}
