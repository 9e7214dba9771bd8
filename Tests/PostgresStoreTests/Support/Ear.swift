import Foundation
import PluginKit
import Synchronization

@testable import PostgresStore

/// A listener of a test, and all that it told. Its connections are called `listener`.
final class Ear: Sendable {
    enum Event: Equatable {
        case received(PostgresNotification)
        case interrupted(isHearing: Bool)
    }

    /// Told on the listener's thread, beside the record.
    typealias Reaction = @Sendable (Event) -> Void

    let log = RecordedLog()
    private let kept = Mutex<[Event]>([])
    private let made = Mutex<PostgresListener?>(nil)

    static let channels: [NotificationChannel] = ["gatehouse_test_keys", "gatehouse_test_tenants"]
    static let quick = Heartbeat(interval: .milliseconds(50), bound: .seconds(1))

    /// Runs `body` while a listener is there, which `body` may have to wait for.
    static func open(
        to connection: SecretText, previous: SecretText? = nil, heartbeat: Heartbeat = quick,
        reaction: @escaping Reaction = { _ in }, _ body: (Ear) async throws -> Void
    ) async throws {
        let ear = Ear()
        let settings = PostgresSettings(
            connection: connection, previousConnection: previous, applicationName: "listener")
        let listener = PostgresListener(
            settings: settings, channels: channels, heartbeat: heartbeat, logger: ear.log.logger,
            receive: { ear.note(.received($0), reaction) },
            interrupted: { ear.note(.interrupted(isHearing: ear.listener.isHearing), reaction) })
        ear.made.withLock { $0 = listener }
        try listener.start()
        do {
            try await body(ear)
            await listener.shutdown()
        } catch {
            await listener.shutdown()
            throw error
        }
    }

    var listener: PostgresListener {
        guard let listener = made.withLock({ $0 }) else { preconditionFailure("it is made before it is started") }
        return listener
    }

    var isHearing: Bool { listener.isHearing }
    var events: [Event] { kept.withLock { $0 } }
    var payloads: [String] { received.map(\.payload) }
    var interruptions: Int { events.count { $0 == .interrupted(isHearing: false) } }

    var received: [PostgresNotification] {
        events.compactMap { event in
            if case .received(let notification) = event { notification } else { nil }
        }
    }

    func untilHearing() async throws { try await until { isHearing } }

    /// Announces `payload` and returns once it was heard.
    func hear(_ payload: String, on cluster: TestCluster) async throws {
        try await cluster.admin("SELECT pg_notify('gatehouse_test_keys', '\(payload)')")
        try await until { payloads.contains(payload) }
    }

    private func note(_ event: Event, _ reaction: Reaction) {
        kept.withLock { $0.append(event) }
        reaction(event)
    }
}

extension TestCluster {
    /// The server's processes that serve a listener: the one that listens, and the one that announces.
    func listenerProcesses() async throws -> (listening: pid_t?, announcing: pid_t?) {
        let rows = try await rows(
            of: "SELECT pid, query LIKE 'LISTEN%' FROM pg_stat_activity WHERE application_name = 'listener'")
        let processes = rows.compactMap { row in
            if case .int(let process?) = row[0] { (pid_t(process), row[1] == .bool(true)) } else { nil }
        }
        return (processes.first { $0.1 }?.0, processes.first { !$0.1 }?.0)
    }

    func end(_ process: pid_t?) async throws {
        try await admin("SELECT pg_terminate_backend(\(process ?? 0))")
    }
}
