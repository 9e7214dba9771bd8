import PluginKit
import Synchronization
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// What a listener hears while nothing goes wrong.
    @Suite("Notifications")
    struct NotificationTests {
        @Test("what is announced on a channel is heard at once, in the order of the commits")
        func order() async throws {
            let cluster = try TestCluster.current
            try await Ear.open(to: cluster.database.app) { ear in
                try await ear.untilHearing()
                let start = ContinuousClock.now
                try await ear.hear("first", on: cluster)
                #expect(ContinuousClock.now - start < .seconds(2))
                try await cluster.admin(
                    "DO $$ BEGIN FOR i IN 1..500 LOOP PERFORM pg_notify('gatehouse_test_keys', i::text); COMMIT; END LOOP; END $$"
                )
                try await ear.hear("last", on: cluster)
                #expect(ear.payloads == ["first"] + (1...500).map(String.init) + ["last"])
            }
        }

        @Test("every channel that was asked for is heard, whatever the payload, and no other")
        func channels() async throws {
            let cluster = try TestCluster.current
            let long = String(repeating: "ß", count: 3_999)
            try await Ear.open(to: cluster.database.app) { ear in
                try await ear.untilHearing()
                try await cluster.admin(
                    """
                    NOTIFY gatehouse_test_others, 'not asked for';
                    NOTIFY gatehouse_test_keys, 'Schlüssel 🔑 \u{202E}';
                    NOTIFY gatehouse_test_tenants, '\(long)';
                    NOTIFY gatehouse_test_tenants;
                    """)
                try await ear.hear("last", on: cluster)
                #expect(
                    ear.received == [
                        PostgresNotification(channel: "gatehouse_test_keys", payload: "Schlüssel 🔑 \u{202E}"),
                        PostgresNotification(channel: "gatehouse_test_tenants", payload: long),
                        PostgresNotification(channel: "gatehouse_test_tenants", payload: ""),
                        PostgresNotification(channel: "gatehouse_test_keys", payload: "last"),
                    ])
                #expect(ear.log.count(of: "🔑") == 0)
                #expect(ear.log.count(of: "last") == 0)
            }
        }

        @Test("the owner may drop what he keeps before hearing begins")
        func beginning() async throws {
            let cluster = try TestCluster.current
            try await Ear.open(to: cluster.database.app) { ear in
                #expect(!ear.isHearing)
                try await ear.untilHearing()
                #expect(ear.events.first == .interrupted(isHearing: false))
                #expect(ear.log.count(of: "warning") == 0)
            }
        }

        @Test("a session that only listens may stand idle for longer than the server lets others")
        func idleness() async throws {
            let cluster = try TestCluster.current
            let database = try await cluster.preparedDatabase()
            try await cluster.admin(
                "ALTER ROLE gatehouse_app IN DATABASE \(database.name) SET idle_session_timeout = '300ms'")
            try await Ear.open(to: database.app) { ear in
                try await ear.untilHearing()
                let process = try await cluster.listenerProcesses().listening
                try await until {
                    try await cluster.rows(
                        of: """
                            SELECT pid FROM pg_stat_activity
                            WHERE application_name = 'listener' AND state_change < now() - interval '1 second'
                            """
                    ).count == 1
                }
                #expect(try await cluster.listenerProcesses().listening == process)
            }
        }

        @Test("after the shutdown nothing is heard, nothing runs and nothing is claimed")
        func shutdown() async throws {
            let cluster = try TestCluster.current
            let closed = Mutex<Ear?>(nil)
            try await Ear.open(to: cluster.database.app) { ear in
                try await ear.untilHearing()
                closed.withLock { $0 = ear }
            }
            let ear = try #require(closed.withLock { $0 })
            #expect(!ear.isHearing)
            #expect(ear.events.last == .interrupted(isHearing: false))
            try await until { try await cluster.listenerProcesses() == (nil, nil) }
            await ear.listener.shutdown()
        }

        @Test("a listener that was never started, or has no server, shuts down at once")
        func shutdownWithoutServer() async throws {
            let nowhere = SecretText("postgresql://gatehouse_app@/gatehouse?host=/nowhere")
            let start = ContinuousClock.now
            let listener = PostgresListener(
                settings: PostgresSettings(connection: nowhere), channels: [], logger: .silent, receive: { _ in },
                interrupted: {})
            await listener.shutdown()
            try await Ear.open(to: nowhere) { ear in
                try await until { ear.log.count(of: "warning does not hear") == 1 }
                try await until { ear.log.count(of: "debug does not hear") > 1 }
                #expect(!ear.isHearing)
                #expect(ear.events == [])
            }
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }
}
