import Foundation
import PluginKit
import Synchronization
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// What follows on a connection while something is under way on it.
    @Suite("Flights")
    struct FlightTests {
        @Test("more is sent as soon as something is finished, and not only when everything is")
        func follows() async throws {
            let log = try await fly { flight, log in
                var waiting = [try log.exchange("third", Ping())]
                let batch = [try log.exchange("first", Ping()), try log.exchange("slow", Dawdle(seconds: 0.3))]
                try flight.carry(batch) {
                    log.note("asked for \($0)")
                    defer { waiting = [] }
                    return waiting
                }
            }
            #expect(log.prefix(3) == ["first", "asked for 7", "slow"])
            #expect(log.contains("third"))
        }

        @Test("nothing is put behind a transaction while it is all that is under way")
        func slowAlone() async throws {
            let log = try await fly { flight, log in
                try flight.carry([try log.exchange("slow", Dawdle(seconds: 0.3))]) { _ in
                    log.note("asked")
                    return []
                }
            }
            #expect(log == ["slow", "asked"])
        }

        @Test("there is never more under way than has room")
        func room() async throws {
            let log = try await fly { flight, log in
                let batch = try (1...Flight.capacity).map { try log.exchange("\($0)", Ping()) }
                try flight.carry(batch) {
                    log.note("asked for \($0)")
                    return []
                }
            }
            let finished = Set(log).intersection((1...Flight.capacity).map(String.init))
            #expect(finished.count == Flight.capacity)
            // Not before half of them are finished, so that several are sent at a time.
            let firstAsked = log.firstIndex { $0.hasPrefix("asked") }
            #expect(try #require(firstAsked) >= Flight.capacity / 2)
        }

        @Test("nothing follows once something had to be cancelled")
        func cancelled() async throws {
            let log = try await fly { flight, log in
                let slow = try log.exchange("slow", Dawdle(seconds: 30), within: .milliseconds(200))
                try flight.carry([slow, try log.exchange("behind", Ping())]) { _ in
                    log.note("asked")
                    return []
                }
            }
            // What stood behind is sent again where the cancelling hit it; so it is finished, or put back.
            #expect(log.first == "slow failed: timedOut")
            #expect(!log.contains("asked"))
        }

        @Test("statements that were crowded out are released while others are under way")
        func housekeeping() async throws {
            let statements: [SQL] = [
                "SELECT 1::int8", "SELECT 2::int8", "SELECT 3::int8", "SELECT 4::int8", "SELECT 5::int8",
            ]
            let log = try await fly { flight, log in
                var left = 40
                let next = {
                    left -= 1
                    let statement = BoundStatement(sql: statements[left % statements.count], parameters: [])
                    return try log.exchange("done", [statement])
                }
                try flight.carry([try next(), try next()]) { _ in
                    do { return left > 0 ? [try next()] : [] } catch { return [] }
                }
                let count = BoundStatement(sql: "SELECT count(*) FROM pg_prepared_statements", parameters: [])
                try flight.carry([try log.exchange("prepared", [count])])
            }
            #expect(log.filter { $0 == "done" }.count == 40)
            // Those that are kept, and what was crowded out since something was last sent.
            #expect(log.last == "prepared: 4")
        }

        @Test("what followed is failed, too, where the connection is lost")
        func lost() async throws {
            let log = try await fly { flight, log in
                let end = BoundStatement(sql: "SELECT pg_terminate_backend(pg_backend_pid())", parameters: [])
                var waiting = [try log.exchange("end", [end]), try log.exchange("behind", Dawdle(seconds: 30))]
                #expect(throws: Connection.Lost.self) {
                    try flight.carry([try log.exchange("first", Ping())]) { _ in
                        defer { waiting = [] }
                        return waiting
                    }
                }
            }
            #expect(log.count == 3)
            #expect(log.first == "first")
            #expect(log.last?.hasPrefix("behind failed") == true)
        }

        /// What happened in this order on a connection of its own, which keeps three statements prepared.
        private func fly(
            _ body: @escaping @Sendable (inout Flight, FlightLog) throws -> Void
        ) async throws -> [String] {
            let url = try TestCluster.current.database.app
            let log = FlightLog()
            try await BlockingThread.run {
                let target = ConnectionTarget(url, applicationName: "test")
                let connection = try Connection.open(target, preparedStatements: 3)
                try connection.enterPipeline()
                let wakeup = try Wakeup()
                var flight = Flight(
                    over: connection, wakeup: wakeup, putBack: { _ in log.note("put back") }, meanwhile: { _ in })
                try body(&flight, log)
            }
            return log.entries
        }
    }
}

/// Notes what became of exchanges.
private final class FlightLog: Sendable {
    private let noted = Mutex<[String]>([])

    var entries: [String] { noted.withLock { $0 } }

    func note(_ entry: String) { noted.withLock { $0.append(entry) } }

    func exchange(
        _ name: String, _ statement: some Statement, within limit: Duration = .seconds(10)
    ) throws -> Exchange {
        try exchange(name, [BoundStatement(statement)], within: limit)
    }

    func exchange(
        _ name: String, _ statements: [BoundStatement], within limit: Duration = .seconds(10)
    ) throws -> Exchange {
        let encoded = try statements.map(EncodedStatement.init)
        return Exchange(statements: encoded, ticket: Ticket(), deadline: .now + limit) { outcome in
            switch outcome {
            case .success(let results):
                guard name == "prepared", case .int(let count?)? = results.first?.rows.first?.first else {
                    return self.note(name)
                }
                self.note("\(name): \(count)")
            case .failure(let error): self.note("\(name) failed: \(error)")
            }
        }
    }
}
