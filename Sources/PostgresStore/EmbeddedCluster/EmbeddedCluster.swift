internal import Foundation
package import Logging
package import PluginKit
internal import Synchronization

/// A PostgreSQL cluster of Gatehouse's own, for hosts where nobody gives a database URL: made on first use, reachable
/// over a unix socket by this host's administrator and by the user who started it, and stopped in order.
///
/// It outlives a program that is killed, and is taken over by the next one. A server that is killed is started again.
package final class EmbeddedCluster: Sendable {
    /// How each of the cluster's roles connects: URLs that psql takes.
    package struct Connections: Sendable {
        package let app: SecretText
        package let platform: SecretText
        package let maintenance: SecretText
        package let migrator: SecretText
        /// The superuser, past row-level security: for backups and for whoever runs the host.
        package let administrator: SecretText
    }

    private struct State {
        var lock: ClusterLock?
        var keeper: Task<Void, Never>?
    }

    private let folder: ClusterFolder
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter directory: where the cluster lives; made if it is not there.
    package init(directory: String, logger: Logger) {
        folder = ClusterFolder(path: URL(filePath: directory).standardizedFileURL.path(percentEncoded: false))
        self.logger = logger
    }

    /// Starts the cluster, or takes over one that runs already, and gives its roles their passwords.
    ///
    /// - Throws: ``PostgresStartError`` with what is in the way.
    package func start() async throws -> Connections {
        let (folder, logger) = (folder, logger)
        let (lock, connections) = try await BlockingThread.run {
            let lock = try folder.prepare()
            let server = try ClusterServer(folder: folder, logger: logger)
            let passwords = try ClusterPasswords.kept(in: folder)
            try server.start(passwords: passwords)
            return (lock, try server.connections(passwords: passwords))
        }
        state.withLock { state in
            state.lock = lock
            state.keeper = Task { await keepRunning() }
        }
        return connections
    }

    /// How to reach the cluster that another program runs at this moment; `nil` where none does.
    ///
    /// - Throws: ``PostgresStartError`` where it runs and its passwords cannot be read.
    package func runningConnections() async throws -> Connections? {
        let (folder, logger) = (folder, logger)
        return try await BlockingThread.run {
            guard folder.isServerAlive else { return nil }
            let passwords = try ClusterPasswords.kept(in: folder)
            return try ClusterServer(folder: folder, logger: logger).connections(passwords: passwords)
        }
    }

    /// Stops the cluster: sessions are ended, everything is written. Does nothing where it was not started here.
    package func stop() async {
        guard let lock = await release() else { return }
        let (folder, logger) = (folder, logger)
        do {
            try await BlockingThread.run { try ClusterServer(folder: folder, logger: logger).stop() }
        } catch {
            logger.error("the embedded database did not stop", metadata: ["error": "\(error)"])
        }
        lock.release()
    }

    /// Leaves the server running and forgets it, as a program does that is killed.
    func abandon() async {
        await release()?.release()
    }

    /// Ends the watch over the server and gives the lock, where there is one.
    private func release() async -> ClusterLock? {
        let (lock, keeper) = state.withLock { state in
            defer { state = State() }
            return (state.lock, state.keeper)
        }
        keeper?.cancel()
        await keeper?.value
        return lock
    }

    /// Starts a server again that has died.
    private func keepRunning() async {
        let (folder, logger) = (folder, logger)
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            guard !folder.isServerAlive else { continue }
            logger.warning("the embedded database has died; starting it again")
            do {
                try await BlockingThread.run { try ClusterServer(folder: folder, logger: logger).launch() }
            } catch {
                logger.error("the embedded database does not start", metadata: ["error": "\(error)"])
            }
        }
    }
}
