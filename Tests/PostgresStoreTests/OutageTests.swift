import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// A server that goes away, and what its callers notice of it.
    @Suite("Outages")
    struct OutageTests {
        @Test("while the server is gone, callers are told within a short time; when it is back, everything works again")
        func restart() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            try await cluster.database.prepare()
            try await cluster.database.withStore { store in
                let tenant = store.database(of: .fresh())
                try await tenant.execute(AddNote(id: 1))
                for round in 2...3 {
                    await cluster.cluster.stop()
                    try await expectOutage(tenant)
                    _ = try await cluster.cluster.start()
                    try await untilAnswered(store)
                    try await tenant.execute(AddNote(id: round))
                    let found = try await tenant.transaction { try await $0.rows(ListNotes(ids: 1...9)) }
                    #expect(found.count == round)
                }
            }
            try await cluster.remove()
        }

        @Test("a crash in the middle of transactions fails them, loses nothing acknowledged, and is survived")
        func crash() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            try await cluster.database.prepare()
            try await cluster.database.withStore { store in
                let tenant = store.database(of: .fresh())
                let writer = Task { await writeUntilCancelled(to: tenant) }
                try await cluster.program(
                    "pg_ctl", ["-D", cluster.data, "-m", "immediate", "-w", "-l", cluster.folder.startLog, "restart"])
                try await untilAnswered(store)
                writer.cancel()
                let acknowledged = await writer.value
                let kept = Set(try await tenant.rows(ListNotes(ids: 0...999_999)))
                #expect(acknowledged.isSubset(of: kept))
                #expect(!acknowledged.isEmpty)
            }
            try await cluster.remove()
        }

        @Test("a server that hangs is noticed within the deadline")
        func hang() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            try await cluster.database.prepare()
            let settings = { PostgresSettings(connection: $0, pipelineConnections: 1, deadline: .milliseconds(500)) }
            try await cluster.database.withStore(settings) { store in
                let tenant = store.database(of: .fresh())
                try await tenant.execute(AddNote(id: 1))
                let processes = try await cluster.rows(
                    of: "SELECT pid FROM pg_stat_activity WHERE application_name = 'gatehouse'")
                let postmaster = try #require(cluster.folder.serverProcess)
                let stopped = try processes.map { try pid_t($0[0].integer) } + [postmaster]
                for process in stopped { kill(process, SIGSTOP) }
                let start = ContinuousClock.now
                await #expect(throws: DatabaseError.timedOut) { try await tenant.execute(AddNote(id: 2)) }
                #expect(ContinuousClock.now - start < .seconds(4))
                for process in stopped { kill(process, SIGCONT) }
                try await untilAnswered(store)
            }
            try await cluster.remove()
        }

        private func expectOutage(_ tenant: any TenantDatabase) async throws {
            for _ in 0..<3 {
                let start = ContinuousClock.now
                await #expect(throws: DatabaseError.unavailable) { try await tenant.rows(ListNotes(ids: 1...9)) }
                await #expect(throws: DatabaseError.unavailable) { try await tenant.transaction { _ in } }
                #expect(ContinuousClock.now - start < .seconds(3))
            }
        }

        /// Returns once connections of both kinds are back.
        private func untilAnswered(_ store: PostgresStore) async throws {
            let tenant = store.database(of: .fresh())
            let end = ContinuousClock.now + .seconds(15)
            while true {
                let (ping, transaction) = (try? await store.ping(), try? await tenant.transaction { _ in })
                if ping != nil, transaction != nil { return }
                try #require(ContinuousClock.now < end)
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        /// Adds notes one after the other and gives the bodies of those that were acknowledged.
        private func writeUntilCancelled(to tenant: any TenantDatabase) async -> Set<String> {
            var acknowledged: Set<String> = []
            var number = 0
            while !Task.isCancelled {
                number += 1
                let body = "note \(number)"
                if (try? await tenant.execute(AddNote(id: number, body: body))) == 1 { acknowledged.insert(body) }
            }
            return acknowledged
        }
    }
}

extension SQLValue {
    /// The number that the value must be.
    fileprivate var integer: Int64 {
        get throws {
            guard case .int(let number?) = self else { throw RowShapeError(column: 0) }
            return number
        }
    }
}
