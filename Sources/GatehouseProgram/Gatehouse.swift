import ArgumentParser
import Foundation

/// The command line: one subcommand per file in `Commands/`.
struct Gatehouse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "Multi-tenant authentication on PostgreSQL.",
        discussion: """
            Start with `gatehouse serve`: without a database URL it keeps a private PostgreSQL of its own, reads the \
            tenants of `tenants/` and prints a one-time invitation for each tenant's first owner.

            Every setting may be a flag or an environment variable of the same name: --public-url or \
            GATEHOUSE_PUBLIC_URL; the flag wins. Exit codes: 0 done, 1 refused or found problems, 2 usage, \
            3 could not reach something.
            """,
        subcommands: [
            ServeCommand.self, MigrateCommand.self, CheckCommand.self, DoctorCommand.self, TenantsCommand.self,
            UsersCommand.self, KeysCommand.self, OperatorsCommand.self, SecretsCommand.self, KeyringCommand.self,
            IsolationCommand.self,
            DatabaseCommand.self,
        ]
    )

    /// Runs the command that the arguments name. A mistake in them ends with ``ExitCode/usage``.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Output.complain(fullMessage(for: error))
            Foundation.exit(ExitCode.usage.rawValue)
        }
    }
}
