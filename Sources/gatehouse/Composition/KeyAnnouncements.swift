import Foundation
import Kernel
import Logging
import PluginKit
import PostgresStore
import ServiceLifecycle

/// What the process remembers of good API keys, and the ear that makes it forget them in time.
///
/// Until ``start()`` nothing is heard, and so nothing is remembered.
struct KeyAnnouncements: Sendable {
    let cache: VerifiedKeyCache
    private let listener: PostgresListener

    init(_ connection: SecretText, capacity: Int, logger: Logger) {
        let target = Target()
        let settings = PostgresSettings(connection: connection, applicationName: "gatehouse keys")
        let listener = PostgresListener(
            settings: settings, channels: ["gatehouse_keys"], logger: logger,
            receive: { target.take($0.payload) }, interrupted: { target.cache?.forgetAll() })
        cache = VerifiedKeyCache(capacity: capacity) { listener.isHearing }
        self.listener = listener
        target.hold(cache)
    }

    func start() throws { try listener.start() }

    func useConnection(_ current: SecretText, previous: SecretText?) {
        listener.useConnection(current, previous: previous)
    }

    func shutdown() async { await listener.shutdown() }
}

/// Where announcements go: the cache, which is made after the listener that it asks.
private final class Target: Sendable {
    // Set once, before anything is heard.
    private let held = HeldOnce<VerifiedKeyCache>()

    var cache: VerifiedKeyCache? { held.value }

    func hold(_ cache: VerifiedKeyCache) { held.hold(cache) }

    func take(_ payload: String) {
        guard let cache else { return }
        if let announcement = KeyAnnouncement(payload) {
            cache.forget(announcement)
        } else {
            // What is not understood may be about anything.
            cache.forgetAll()
        }
    }
}

/// Listens as long as the server runs.
struct KeyListening: Service, CustomStringConvertible {
    let announcements: KeyAnnouncements
    // What the log calls this service.
    var description: String { "key announcements" }

    func run() async throws {
        try announcements.start()
        try? await gracefulShutdown()
        await announcements.shutdown()
    }
}
