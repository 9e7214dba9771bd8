import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// What happens to those for whom it takes too long.
    @Suite("Deadlines, cancellation and back-pressure")
    struct DeadlineTests {
        private static func narrow(
            _ deadline: Duration, waiting: Int = 100, name: String = "narrow"
        ) -> (SecretText) -> PostgresSettings {
            {
                PostgresSettings(
                    connection: $0, pipelineConnections: 1, deadline: deadline, maximumWaiting: waiting,
                    applicationName: name)
            }
        }

        @Test("a transaction in flight is cancelled at its deadline, and its connection goes on")
        func deadline() async throws {
            try await TestCluster.current.database.withStore(Self.narrow(.milliseconds(500))) { store in
                let tenant = store.database(of: .fresh())
                let start = ContinuousClock.now
                await #expect(throws: DatabaseError.timedOut) {
                    try await tenant.run([BoundStatement(AddNote(id: 1)), BoundStatement(Dawdle(seconds: 30))])
                }
                #expect(ContinuousClock.now - start < .seconds(3))
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
            }
        }

        @Test("a slow transaction's cancelling harms none of those behind it in the same flush")
        func slowNeighbour() async throws {
            try await TestCluster.current.database.withStore(Self.narrow(.seconds(4))) { store in
                let tenant = store.database(of: .fresh())
                let slow = Task { try await tenant.execute(Dawdle(seconds: 30)) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<7 { group.addTask { try await tenant.execute(AddNote(id: number)) } }
                    slow.cancel()
                    try await group.waitForAll()
                }
                await #expect(throws: CancellationError.self) { try await slow.value }
                let found = try await tenant.rows(ListNotes(ids: 0...9))
                #expect(found.count == 7)
            }
        }

        @Test("a transaction that waits is withdrawn when its caller gives up, and never runs")
        func withdrawal() async throws {
            try await TestCluster.current.database.withStore(Self.narrow(.seconds(4), name: "withdrawal")) { store in
                let tenant = store.database(of: .fresh())
                async let slow = tenant.execute(Dawdle(seconds: 1))
                try await TestCluster.current.untilAsleep("withdrawal")
                let waiting = Task { try await tenant.execute(AddNote(id: 1)) }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                _ = try await slow
                let found = try await tenant.rows(ListNotes(ids: 0...9))
                #expect(found == [])
            }
        }

        @Test("who finds too many waiting is refused at once")
        func backPressure() async throws {
            try await TestCluster.current.database.withStore(
                Self.narrow(.seconds(5), waiting: 3, name: "back-pressure")
            ) { store in
                let tenant = store.database(of: .fresh())
                async let slow = tenant.execute(Dawdle(seconds: 1))
                try await TestCluster.current.untilAsleep("back-pressure")
                let start = ContinuousClock.now
                let outcomes = await withTaskGroup(of: DatabaseError?.self) { group in
                    for number in 0..<10 {
                        group.addTask {
                            do {
                                try await tenant.execute(AddNote(id: number))
                                return nil
                            } catch {
                                if error as? DatabaseError == .overloaded {
                                    #expect(ContinuousClock.now - start < .milliseconds(700))
                                }
                                return error as? DatabaseError
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                _ = try await slow
                #expect(outcomes.filter { $0 == nil }.count == 3)
                #expect(outcomes.filter { $0 == .overloaded }.count == 7)
            }
        }

        @Test("after the shutdown everything is refused at once")
        func shutdown() async throws {
            let escaped = try await TestCluster.current.database.withStore { store in store }
            await #expect(throws: DatabaseError.unavailable) { try await escaped.ping() }
            await #expect(throws: DatabaseError.unavailable) {
                try await escaped.database(of: .fresh()).transaction { _ in }
            }
        }

        @Test("what was begun before the shutdown is finished")
        func orderlyShutdown() async throws {
            let database = try TestCluster.current.database
            let id = TenantID.fresh()
            let store = PostgresStore(
                settings: Self.narrow(.seconds(4), name: "orderly")(database.app), signer: TestSigner.current,
                logger: .silent)
            try await store.start()
            let tenant = store.database(of: id)
            async let slow = tenant.run([BoundStatement(Dawdle(seconds: 0.5)), BoundStatement(AddNote(id: 1))])
            try await TestCluster.current.untilAsleep("orderly")
            await store.shutdown()
            _ = try await slow
            let found = try await database.withStore { try await $0.database(of: id).rows(ListNotes(ids: 1...9)) }
            #expect(found == ["text"])
        }
    }
}
