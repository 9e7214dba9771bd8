import ArgumentParser
import Foundation
import PluginKit

/// `gatehouse database`: the way to the database for other programs.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database",
        abstract: "Reach the database with other programs.",
        subcommands: [URL.self]
    )

    struct URL: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a URL that psql and pg_dump take.",
            discussion: """
                As `app` one sees what a proved tenant sees: nothing, until `gatehouse.tenant` is set and signed. As \
                `owner` one has the whole database: of the private cluster as its superuser, so that pg_dump can back it \
                up; of an outside database as the migrator, to whom row-level security applies. The URL holds a password.
                """
        )

        @OptionGroup var options: ProcessOptions

        @Option(help: "app, platform, maintenance or owner.")
        var role: DatabaseRole = .app

        func run() async throws {
            try await CommandRun.guarded {
                let settings = try ProcessSettings.forCommand(options)
                let logger = CommandRun.startLogging(settings, readable: true)
                try await ProcessSecrets.use(settings, mayCreate: false, logger: logger) { _, home in
                    try await home.use { try show($0, as: Output(json: settings.json)) }
                }
            }
        }

        private func show(_ addresses: DatabaseAddresses, as output: Output) throws {
            guard let url = addresses.address(of: role) else {
                Output.complain("no address of this role is configured")
                throw ExitCode.refused
            }
            let text = url.withExposed { $0 }
            try output.show(["url": text]) { text }
        }
    }
}

/// A role of the database, as the command line names it.
enum DatabaseRole: String, ExpressibleByArgument, CaseIterable {
    case app, platform, maintenance, owner
}

extension DatabaseAddresses {
    /// The address that logs in for `role`.
    func address(of role: DatabaseRole) -> SecretText? {
        switch role {
        case .app: app
        case .platform: platform
        case .maintenance: maintenance
        case .owner: administrator ?? migrator
        }
    }
}
