import Foundation
import Kernel
import Logging
import PluginKit
import PostgresStore
import ServiceLifecycle

/// The ear of the process: hears which tenants and API keys have changed, so that what is remembered of them is forgotten
/// in time.
///
/// Until ``start()`` nothing is heard, and so nothing is remembered.
struct Announcements: Sendable {
    private enum Channel {
        static let keys: NotificationChannel = "gatehouse_keys"
        static let tenants: NotificationChannel = "gatehouse_tenants"
    }

    /// What the process remembers of good API keys.
    let cache: VerifiedKeyCache
    private let listener: PostgresListener
    private let listeners: Listeners

    init(_ connection: SecretText, capacity: Int, logger: Logger) {
        let listeners = Listeners()
        let settings = PostgresSettings(connection: connection, applicationName: "gatehouse listener")
        let listener = PostgresListener(
            settings: settings, channels: [Channel.keys, Channel.tenants], logger: logger,
            receive: { notification in
                let isOfTenant = notification.channel == Channel.tenants
                isOfTenant ? listeners.takeTenant(notification.payload) : listeners.takeKey(notification.payload)
            },
            interrupted: { listeners.forgetAll() })
        cache = VerifiedKeyCache(capacity: capacity) { listener.isHearing }
        self.listener = listener
        self.listeners = listeners
        listeners.cache.hold(cache)
    }

    /// Whether everything announced up to now has been heard.
    var isHearing: Bool { listener.isHearing }

    /// Tells `registry` what is heard of tenants. To be called once, before ``start()``.
    func tell(_ registry: TenantRegistry) { listeners.registry.hold(registry) }

    func start() throws { try listener.start() }

    func useConnection(_ current: SecretText, previous: SecretText?) {
        listener.useConnection(current, previous: previous)
    }

    func shutdown() async { await listener.shutdown() }

    /// Whom announcements go to: made after the listener that they ask whether it hears.
    private final class Listeners: Sendable {
        // Set once, before anything is heard.
        let cache = HeldOnce<VerifiedKeyCache>()
        let registry = HeldOnce<TenantRegistry>()

        func takeKey(_ payload: String) {
            guard let announcement = KeyAnnouncement(payload) else {
                // What is not understood may be about anything.
                cache.value?.forgetAll()
                return
            }
            cache.value?.forget(announcement)
        }

        func takeTenant(_ payload: String) {
            guard let announcement = TenantAnnouncement(payload) else {
                registry.value?.forgetAll()
                return
            }
            registry.value?.forget(announcement.id, slug: announcement.slug, domain: announcement.domain)
        }

        func forgetAll() {
            cache.value?.forgetAll()
            registry.value?.forgetAll()
        }
    }
}

/// Listens as long as the server runs.
struct AnnouncementListening: Service, CustomStringConvertible {
    let announcements: Announcements
    // What the log calls this service.
    var description: String { "announcements" }

    func run() async throws {
        try announcements.start()
        try? await gracefulShutdown()
        await announcements.shutdown()
    }
}
