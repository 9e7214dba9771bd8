import Foundation
import PluginKit
import PluginTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("The hashing pool")
struct FairHashingPoolTests {
    private let busy = TenantID.make(at: FixedClock().now)
    private let quiet = TenantID.make(at: FixedClock().now)

    @Test("gives the value, and throws what the work throws")
    func results() async throws {
        let pool = FairHashingPool(threadCount: 1)
        defer { pool.close() }
        #expect(try await pool.line(of: busy).run { 42 } == 42)
        await #expect(throws: Refusal.forbidden) { try await pool.line(of: busy).run { throw Refusal.forbidden } }
    }

    @Test("a flood of one tenant lets another wait for one job at most")
    func fair() async throws {
        let order = Journal()
        try await held(FairHashingPool(threadCount: 1)) { pool, group in
            for _ in 0..<20 { group.addTask { try await pool.line(of: busy).run { order.note("busy") } } }
            await pool.untilWaiting(20)
            group.addTask { try await pool.line(of: quiet).run { order.note("quiet") } }
            await pool.untilWaiting(21)
        }
        #expect(order.notes.count == 21)
        #expect(try #require(order.notes.firstIndex(of: "quiet")) <= 1)
    }

    @Test("a full line refuses at once, and no other line with it")
    func fullLine() async throws {
        let order = Journal()
        let pool = FairHashingPool(threadCount: 1, maximumWaiting: 10, maximumWaitingPerTenant: 3)
        try await held(pool) { pool, group in
            for _ in 0..<3 { group.addTask { try await pool.line(of: busy).run { order.note("busy") } } }
            await pool.untilWaiting(3)
            await #expect(throws: Overloaded.self) { try await pool.line(of: busy).run { order.note("too many") } }
            group.addTask { try await pool.line(of: quiet).run { order.note("quiet") } }
            await pool.untilWaiting(4)
        }
        #expect(order.notes.sorted() == ["busy", "busy", "busy", "quiet"])
    }

    @Test("a full house refuses everybody at once")
    func fullHouse() async throws {
        let pool = FairHashingPool(threadCount: 1, maximumWaiting: 4, maximumWaitingPerTenant: 4)
        try await held(pool) { pool, group in
            for _ in 0..<4 { group.addTask { try await pool.line(of: busy).run {} } }
            await pool.untilWaiting(4)
            await #expect(throws: Overloaded.self) { try await pool.line(of: quiet).run {} }
        }
    }

    @Test("closing finishes what waits and takes nothing more")
    func close() async throws {
        let order = Journal()
        try await held(FairHashingPool(threadCount: 1)) { pool, group in
            for _ in 0..<8 { group.addTask { try await pool.line(of: busy).run { order.note("done") } } }
            await pool.untilWaiting(8)
            pool.close()
            await #expect(throws: Overloaded.self) { try await pool.line(of: quiet).run {} }
        }
        #expect(order.notes.count == 8)
    }

    /// Fills a pool while its one thread is held; afterwards lets all of it be done, and closes the pool.
    private func held(
        _ pool: FairHashingPool,
        _ fill: (FairHashingPool, inout ThrowingTaskGroup<Void, any Error>) async throws -> Void
    ) async throws {
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.line(of: .make(at: FixedClock().now)).run { gate.hold() } }
            await gate.reached()
            try await fill(pool, &group)
            gate.open()
            try await group.waitForAll()
        }
        #expect(pool.waitingCount == 0)
        pool.close()
    }
}

/// Holds a thread until it is opened.
private final class Gate: Sendable {
    // The one thread of a test's pool waits for it, never one of Swift's own.
    private let opened = DispatchSemaphore(value: 0)
    private let arrivals = AsyncStream<Void>.makeStream()

    func hold() {
        arrivals.continuation.yield()
        opened.wait()
    }

    func reached() async {
        for await _ in arrivals.stream { return }
    }

    func open() { opened.signal() }
}

/// What happened, in order.
private final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    var notes: [String] { lines.withLock { $0 } }

    func note(_ line: String) { lines.withLock { $0.append(line) } }
}

extension FairHashingPool {
    fileprivate func untilWaiting(_ count: Int) async {
        while waitingCount < count { await Task.yield() }
    }
}
