internal import Foundation
internal import MigrationFiles
internal import PluginKit

/// Gives an embedded server its database, its roles and their passwords. Running it again changes nothing.
struct ClusterSetup {
    let server: ClusterServer
    let passwords: ClusterPasswords

    func run() throws {
        let maintenance = try connect(to: "postgres")
        if try !hasDatabase(maintenance) { try maintenance.runScript("CREATE DATABASE gatehouse") }
        let connection = try connect(to: "gatehouse")
        try connection.runScript(MigrationFiles.roles)
        for role in ClusterPasswords.roles {
            // Sixty-four hex digits that this program made: nothing that quoting would have to guard against.
            try passwords.withPassword(of: role) { try connection.runScript("ALTER ROLE \(role) PASSWORD '\($0)'") }
        }
    }

    /// A server that was just taken over may still be coming up.
    private func connect(to database: String) throws -> Connection {
        let target = ConnectionTarget(
            try server.url(of: "postgres", database: database, passwords: passwords), applicationName: "gatehouse setup"
        )
        let end = ContinuousClock.now + .seconds(30)
        while true {
            do {
                let connection = try Connection.open(target)
                try connection.enterPipeline()
                return connection
            } catch {
                guard ContinuousClock.now < end, server.folder.isServerAlive else { throw error }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    private func hasDatabase(_ connection: Connection) throws -> Bool {
        try !connection.rows(FindDatabase()).isEmpty
    }
}
