import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// Transactions that look before they write.
    @Suite("Transactions with several round trips")
    struct TransactionTests {
        private struct Refused: Error {}

        @Test("a transaction sees its own work and commits when its body returns")
        func commits() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                let (inside, outside) = try await tenant.transaction { transaction in
                    try await transaction.execute(AddNote(id: 1))
                    return (
                        try await transaction.rows(ListNotes(ids: 1...9)), try await tenant.rows(ListNotes(ids: 1...9))
                    )
                }
                #expect(inside == ["text"])
                #expect(outside == [])
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == ["text"])
            }
        }

        @Test("a body that throws leaves nothing behind")
        func rollsBack() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                await #expect(throws: Refused.self) {
                    try await tenant.transaction { transaction in
                        try await transaction.execute(AddNote(id: 1))
                        throw Refused()
                    }
                }
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
            }
        }

        @Test("after an error the transaction is lost, even where its body made nothing of it")
        func lostAfterError() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                let violation = DatabaseError.checkViolation(constraint: "notes_body_check")
                do {
                    try await tenant.transaction { transaction in
                        try await transaction.execute(AddNote(id: 1))
                        _ = try? await transaction.execute(AddNote(id: 2, body: "forbidden"))
                        await #expect(throws: violation) { try await transaction.execute(AddNote(id: 3)) }
                    }
                    Issue.record("the transaction was committed")
                } catch {
                    #expect(error as? DatabaseError == violation)
                }
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
            }
        }

        @Test("an error at the commit reaches the caller")
        func commitFails() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                await #expect(throws: DatabaseError.foreignKeyViolation(constraint: "notes_next")) {
                    try await tenant.transaction { _ = try await $0.execute(AddNote(id: 1, next: 2)) }
                }
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
            }
        }

        @Test("a transaction that escaped its closure is refused")
        func escaped() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                let escaped = try await tenant.transaction { $0 }
                await #expect(throws: DatabaseError.failed(sqlState: "25P01")) {
                    try await escaped.execute(AddNote(id: 1))
                }
            }
        }

        @Test("a connection serves one tenant after the other and mixes nothing up")
        func reuse() async throws {
            let settings = { PostgresSettings(connection: $0, interactiveConnections: 1) }
            try await TestCluster.current.database.withStore(settings) { store in
                for number in 1...20 {
                    let tenant = store.database(of: .fresh())
                    let isBroken = number % 4 == 0
                    let found = try? await tenant.transaction { transaction in
                        try await transaction.execute(AddNote(id: number))
                        if isBroken { try await transaction.execute(AddNote(id: number)) }
                        return try await transaction.rows(ListNotes(ids: 0...99))
                    }
                    #expect(found == (isBroken ? nil : ["text"]))
                }
            }
        }

        @Test("who waits for a row longer than the deadline is told so, and the connection goes on")
        func lockDeadline() async throws {
            let settings = { PostgresSettings(connection: $0, interactiveConnections: 2, deadline: .milliseconds(600)) }
            try await TestCluster.current.database.withStore(settings) { store in
                let tenant = store.database(of: .fresh())
                try await tenant.execute(AddNote(id: 1))
                try await tenant.transaction { transaction in
                    _ = try await transaction.rows(LockNote(id: 1))
                    await #expect(throws: DatabaseError.timedOut) { try await tenant.rows(LockNote(id: 1)) }
                }
                let found = try await tenant.rows(LockNote(id: 1))
                #expect(found == ["text"])
            }
        }

        @Test("when all connections are lent, the wait for one is bounded")
        func boundedWait() async throws {
            let settings = { PostgresSettings(connection: $0, interactiveConnections: 1, deadline: .milliseconds(700)) }
            try await TestCluster.current.database.withStore(settings) { store in
                let tenant = store.database(of: .fresh())
                do {
                    try await tenant.transaction { transaction in
                        let start = ContinuousClock.now
                        await #expect(throws: DatabaseError.overloaded) { try await tenant.transaction { _ in } }
                        #expect(ContinuousClock.now - start < .seconds(2))
                    }
                    Issue.record("the transaction outlived its own deadline")
                } catch {
                    #expect(error as? DatabaseError == .timedOut)
                }
                let found = try await tenant.transaction { try await $0.rows(ListNotes(ids: 0...9)) }
                #expect(found == [])
            }
        }

        @Test("a body that is cancelled rolls back")
        func cancelled() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                let (started, signal) = AsyncStream<Void>.makeStream()
                let task = Task {
                    try await tenant.transaction { transaction in
                        try await transaction.execute(AddNote(id: 1))
                        signal.finish()
                        try await transaction.execute(Dawdle(seconds: 30))
                    }
                }
                for await _ in started {}
                let start = ContinuousClock.now
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(ContinuousClock.now - start < .seconds(3))
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
            }
        }
    }
}
