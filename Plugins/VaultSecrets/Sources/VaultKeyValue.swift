import Foundation
import Logging
package import PluginKit

/// Secrets from a key-value engine of Vault: the secret `acme#pepper` is the field `pepper` of the path `acme`.
///
/// Values are text; a version is `v<number>`, or a fingerprint where the engine has no versions. Once a value is known,
/// ``resolve(_:)`` does not wait: a change is seen within the settings' `refresh`, and without Vault the last good
/// value serves for `time_to_live`. Needs no closing of its own; without ``stop()``, it goes on looking.
package final class VaultKeyValue: SecretBackend {
    private let cache: SecretCache
    private let clock: VaultClock
    private let logger: Logger
    private let settings: VaultSettings

    package init(connection: VaultConnection) {
        let reader = KVReader(connection: connection)
        clock = connection.clock
        logger = connection.logger
        settings = connection.settings
        cache = SecretCache(
            refresh: connection.settings.refresh, timeToLive: connection.settings.timeToLive, clock: connection.clock,
            metrics: connection.metrics, logger: connection.logger
        ) { path async throws(VaultProblem) in try await reader.read(path) }
    }

    package func resolve(_ name: String) async throws -> ResolvedSecret? {
        guard let path = VaultPath(name) else { return nil }
        do throws(VaultProblem) {
            let found = try await cache.resolve(path)
            if found == nil { logger.debug("Vault has no such secret", metadata: ["secret": "\(path.description)"]) }
            return found
        } catch .cancelled {
            throw CancellationError()
        } catch {
            throw await Self.error(path, error, since: cache.confirmation(of: path))
        }
    }

    package func absence(of name: String) async -> String {
        guard let name = VaultPath(name) else { return "its name is refused" }
        let place = "-mount=\(settings.mount) \(name.path)"
        guard await cache.hasDocument(at: name.path) else {
            return "there is nothing at this path; write it with `vault kv put \(place) \(name.field)=-`"
        }
        guard settings.version == .two else {
            return "the path has no such field; write all of its fields with `vault kv put \(place) …`"
        }
        return "the path has no such field; add it with `vault kv patch \(place) \(name.field)=-`"
    }

    package static func nameProblem(_ name: String) -> String? {
        VaultPath.problem(with: name)
    }

    /// Looks at everything that is due, and waits for it.
    func lookAtDue() async {
        await cache.lookAtDue()
    }

    /// Looks at everything in use at once, for whoever knows that something changed, and waits for it.
    package func lookAgain() async {
        await cache.lookAgain()
    }

    /// Looks no more; what is remembered serves within its time to live.
    package func stop() async {
        await cache.close()
    }

    private static func error(_ path: VaultPath, _ problem: VaultProblem, since: Date?) -> SecretBackendError {
        guard let since else {
            return SecretBackendError("reading the secret \(path.description): \(problem)")
        }
        return SecretBackendError(
            "reading the secret \(path.description): its last good value was confirmed at "
                + "\(since.formatted(.iso8601)), longer ago than `time_to_live`, and is not used any more: \(problem)")
    }
}
