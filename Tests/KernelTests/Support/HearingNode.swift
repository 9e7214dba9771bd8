import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import PostgresStore
import Synchronization

@testable import Kernel

/// A node that hears what the real database announces about keys, and remembers keys as long as it hears.
final class HearingNode: Sendable {
    /// Told what was heard, when the node has forgotten what that is about.
    typealias Heard = @Sendable (String) -> Void

    /// The tenant as this node serves it.
    let tenant: TestTenant
    let listener: PostgresListener
    /// What the server calls its connections.
    let name: String

    var cache: VerifiedKeyCache { tenant.services.keyCache }

    private init(tenant: TestTenant, listener: PostgresListener, name: String) {
        self.tenant = tenant
        self.listener = listener
        self.name = name
    }

    /// Runs `body` with a node that hears.
    static func open(
        for tenant: TestTenant, heard: @escaping Heard = { _ in }, _ body: (HearingNode) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.shared
        let (name, held) = ("node-\(unique())", HeldCache())
        let listener = PostgresListener(
            settings: PostgresSettings(connection: database.connection, applicationName: name),
            channels: ["gatehouse_keys"], heartbeat: Heartbeat(interval: .milliseconds(100), bound: .seconds(1)),
            logger: CapturedLog().logger,
            receive: { held.take($0.payload, then: heard) }, interrupted: { held.cache?.forgetAll() })
        let services = database.services(rememberingKeys: { listener.isHearing }, now: tenant.clock.reading)
        held.hold(services.keyCache)
        let node = HearingNode(tenant: try await tenant.served(by: services), listener: listener, name: name)
        try listener.start()
        do {
            try await node.untilHearing()
            try await body(node)
            await listener.shutdown()
        } catch {
            await listener.shutdown()
            throw error
        }
    }

    func untilHearing() async throws { try await until { listener.isHearing } }

    /// Verifies a key until the node remembers it.
    func remember(_ text: SecretText) async throws {
        let before = cache.count
        try await until {
            guard try await tenant.refusal(of: text) == nil else { throw Refusal.keyNotLive }
            return cache.count > before
        }
    }

    /// Ends the sessions by which the node listens, as a server that restarts does.
    func cutOff() async throws {
        try await TestDatabase.shared.administrator.affected(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '\(name)'")
    }
}

/// The cache of a node, which is made after what makes it forget.
private final class HeldCache: Sendable {
    private let held = Mutex<VerifiedKeyCache?>(nil)

    var cache: VerifiedKeyCache? { held.withLock { $0 } }

    func hold(_ cache: VerifiedKeyCache) { held.withLock { $0 = cache } }

    func take(_ payload: String, then heard: HearingNode.Heard) {
        if let announcement = KeyAnnouncement(payload) { cache?.forget(announcement) }
        heard(payload)
    }
}

extension TestTenant {
    /// What is announced about this tenant's keys while `body` runs, each thing once.
    func announcements(during body: () async throws -> Void) async throws -> Set<KeyAnnouncement> {
        let heard = Noted<String>()
        let mark = "\(id.rawValue.uuidString.lowercased()) mark \(unique())"
        try await HearingNode.open(for: self, heard: { heard.note($0) }) { _ in
            try await body()
            // Announcements come in the order of their commits.
            _ = try await database.value("SELECT pg_notify('gatehouse_keys', '\(mark)')")
            try await until { heard.all.contains(mark) }
        }
        let payloads = heard.all.filter { $0.hasPrefix(id.rawValue.uuidString.lowercased()) && $0 != mark }
        let announcements = payloads.compactMap(KeyAnnouncement.init)
        guard announcements.count == payloads.count else { throw NotUnderstood(payloads: payloads) }
        return Set(announcements)
    }
}

/// An announcement that no node understands.
struct NotUnderstood: Error { let payloads: [String] }

extension KeyAnnouncement: Hashable {
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .key(let key, let tenant):
            hasher.combine(key)
            hasher.combine(tenant)
        case .owner(let owner, let tenant):
            hasher.combine(owner)
            hasher.combine(tenant)
        case .tenant(let tenant): hasher.combine(tenant)
        }
    }
}
