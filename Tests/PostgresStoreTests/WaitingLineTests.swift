import Foundation
import PluginKit
import Synchronization
import Testing

@testable import PostgresStore

/// Which connection takes what waits, where one does the work as long as it gets on.
@Suite("A line that is gathered")
struct WaitingLineTests {
    private let line = WaitingLine<Exchange>(capacity: 100, isGathered: true)
    private let failures = Failures()

    @Test("wakes one connection, and none beside it while that one gets on")
    func one() throws {
        let (first, second) = try bothIdle()
        add(2)
        #expect((first.isSignalled, second.isSignalled) == (false, true))
        #expect(taken(by: second) == 2)
        add(1)
        #expect(!first.isSignalled)
        #expect(taken(by: first) == 0)
        #expect(line.take(upTo: 8, besidesOthersOf: second).count == 1)
    }

    @Test("wakes another once something has waited for long, and lets it take all of it")
    func patience() async throws {
        let (first, second) = try bothIdle()
        add(1)
        #expect(taken(by: second) == 1)
        add(3)
        try await Task.sleep(for: Flight.patience * 2)
        #expect(!first.isSignalled)
        line.sweep()
        #expect(first.isSignalled)
        #expect(taken(by: first) == 3)
    }

    @Test("goes over to another connection while something slow holds the first one up")
    func stepsAside() throws {
        let (first, second) = try bothIdle()
        add(1)
        #expect(taken(by: second) == 1)
        add(1)
        line.stepAside(second)
        #expect(first.isSignalled)
        #expect(taken(by: first) == 1)
        // The one that gets on again comes second now.
        add(1)
        #expect(line.take(upTo: 8, besidesOthersOf: second).isEmpty)
        #expect(line.take(upTo: 8, besidesOthersOf: first).count == 1)
    }

    @Test("goes over to another connection when the first one is lost")
    func lost() throws {
        let (first, second) = try bothIdle()
        line.connectionOpened()
        line.connectionOpened()
        add(1)
        #expect(taken(by: second) == 1)
        add(1)
        line.connectionLost(second)
        #expect(first.isSignalled)
        #expect(taken(by: first) == 1)
    }

    @Test("lets everybody finish what is left once it is closed")
    func closed() throws {
        let (first, second) = try bothIdle()
        add(1)
        #expect(taken(by: second) == 1)
        add(1)
        line.close(.unavailable)
        #expect(taken(by: first) == 1)
        guard case .closed = line.take(upTo: 8, orWake: first) else {
            Issue.record("a connection goes on waiting in a line that is closed")
            return
        }
        #expect(failures.count == 0)
    }

    /// Both connections look for work and find none; the second looked last and is woken first.
    private func bothIdle() throws -> (Wakeup, Wakeup) {
        let (first, second) = (try Wakeup(), try Wakeup())
        for connection in [first, second] { #expect(taken(by: connection) == 0) }
        return (first, second)
    }

    private func add(_ count: Int) {
        for _ in 0..<count {
            line.add(
                Exchange(statements: [], ticket: Ticket(), deadline: .now + .seconds(60)) { [failures] outcome in
                    if case .failure = outcome { failures.note() }
                })
        }
    }

    private func taken(by connection: Wakeup) -> Int {
        connection.drain()
        guard case .entries(let entries) = line.take(upTo: 8, orWake: connection) else { return 0 }
        return entries.count
    }
}

private final class Failures: Sendable {
    private let noted = Mutex(0)

    var count: Int { noted.withLock { $0 } }

    func note() { noted.withLock { $0 += 1 } }
}

extension Wakeup {
    /// Whether somebody called ``signal()`` since it was drained.
    fileprivate var isSignalled: Bool {
        var descriptor = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 1
    }
}
