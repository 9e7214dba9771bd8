import Foundation
import Logging
import PluginKit
import PostgresStore

/// Where the database lives: outside, at the addresses given, or in the private cluster under `--data`.
struct DatabaseHome: Sendable {
    private enum Place: Sendable {
        case outside(DatabaseAddresses)
        case embedded(EmbeddedCluster)
    }

    private let place: Place
    /// Whether nothing has been kept here yet: the private cluster has never been started.
    let isNew: Bool

    /// - Parameter kept: the addresses that the process's keeper of secrets has; those of the settings come first.
    init(_ settings: ProcessSettings, kept: DatabaseAddresses? = nil, logger: Logger) {
        if let addresses = settings.database ?? kept {
            place = .outside(addresses)
            isNew = false
        } else {
            let folder = settings.data + "/postgres"
            isNew = !FileManager.default.fileExists(atPath: folder)
            place = .embedded(EmbeddedCluster(directory: folder, logger: logger))
        }
    }

    var isEmbedded: Bool {
        if case .embedded = place { true } else { false }
    }

    /// The addresses; the private cluster runs from here on, and is this process's until ``stop()``.
    func start() async throws -> DatabaseAddresses {
        switch place {
        case .outside(let addresses): addresses
        case .embedded(let cluster): DatabaseAddresses(try await cluster.start())
        }
    }

    func stop() async {
        if case .embedded(let cluster) = place { await cluster.stop() }
    }

    /// Lends the addresses to a command: of the cluster that a server runs already, or of one that runs meanwhile.
    func use<Value>(_ body: (DatabaseAddresses) async throws -> Value) async throws -> Value {
        if case .embedded(let cluster) = place, let running = try await cluster.runningConnections() {
            return try await body(DatabaseAddresses(running))
        }
        let addresses = try await start()
        return try await closing(with: stop) { try await body(addresses) }
    }
}

extension DatabaseAddresses {
    fileprivate init(_ connections: EmbeddedCluster.Connections) {
        self.init(
            app: connections.app, platform: connections.platform, maintenance: connections.maintenance,
            migrator: connections.migrator, administrator: connections.administrator)
    }
}
