import Foundation
import Metrics
package import PluginKit
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Threads of their own for password hashing, so that it never holds up anything else, shared fairly by tenants.
///
/// Each tenant has a line of its own; the threads serve the lines in turn, so one tenant's flood lengthens only its own
/// line. A full line, or a full house, is answered at once with ``Overloaded``.
package final class FairHashingPool: Sendable {
    private typealias Job = @Sendable () -> Void

    private struct Lines {
        var waiting: [TenantID: [Job]] = [:]
        /// Tenants with a line, in the order in which they are served.
        var turn: [TenantID] = []
        var count = 0
        var isClosed = false
    }

    #if canImport(Glibc)
        private static let niceness: CInt = 10
    #endif

    private let threadCount: Int
    private let maximumWaiting: Int
    private let maximumWaitingPerTenant: Int
    private let lines = Mutex(Lines())
    // Counts jobs that wait; a thread takes one unit, then one job.
    private let available = DispatchSemaphore(value: 0)
    private let jobsRun = Counter(label: "gatehouse_hashing_jobs_total")
    private let refusals = Counter(label: "gatehouse_hashing_refused_total")
    private let depth = Meter(label: "gatehouse_hashing_waiting")

    /// Starts the threads. They live as long as the process, or until ``close()``.
    package init(threadCount: Int, maximumWaiting: Int = 256, maximumWaitingPerTenant: Int = 64) {
        self.threadCount = threadCount
        self.maximumWaiting = maximumWaiting
        self.maximumWaitingPerTenant = maximumWaitingPerTenant
        for number in 1...threadCount {
            Thread.detachNewThread { [self] in
                // A thread has to name itself for the system's tools to show it.
                Thread.current.name = "hashing-\(number)"
                serve()
            }
        }
    }

    /// The pool as one tenant uses it.
    package func line(of tenant: TenantID) -> any HashingPool { TenantLine(pool: self, tenant: tenant) }

    /// How many jobs wait at this moment.
    package var waitingCount: Int { lines.withLock { $0.count } }

    /// Lets the threads finish what waits, then end.
    package func close() {
        lines.withLock { $0.isClosed = true }
        for _ in 0..<threadCount { available.signal() }
    }

    fileprivate func run<Value: Sendable>(
        for tenant: TenantID, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = enqueue(for: tenant) { continuation.resume(with: Result { try work() }) }
            if !accepted { continuation.resume(throwing: Overloaded(what: "the hashing pool")) }
        }
    }

    private func enqueue(for tenant: TenantID, _ job: @escaping Job) -> Bool {
        let waiting = lines.withLock { lines -> Int? in
            let line = lines.waiting[tenant, default: []].count
            guard !lines.isClosed, lines.count < maximumWaiting, line < maximumWaitingPerTenant else { return nil }
            if line == 0 { lines.turn.append(tenant) }
            lines.waiting[tenant, default: []].append(job)
            lines.count += 1
            return lines.count
        }
        guard let waiting else {
            refusals.increment()
            return false
        }
        depth.set(waiting)
        available.signal()
        return true
    }

    private func serve() {
        yieldToOthers()
        while true {
            available.wait()
            guard let job = next() else { return }
            depth.set(waitingCount)
            job()
            jobsRun.increment()
        }
    }

    /// Makes the system prefer every other thread: hashing takes all it is given, and what is short must stay short
    /// beside it. On Linux a nice value belongs to the thread that asks; where it is refused, hashing works all the same.
    private func yieldToOthers() {
        #if canImport(Glibc)
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        #endif
    }

    /// The first job of the tenant whose turn it is; `nil` when the pool is closed and empty.
    private func next() -> Job? {
        lines.withLock { lines in
            guard !lines.turn.isEmpty else { return nil }
            let tenant = lines.turn.removeFirst()
            let job = lines.waiting[tenant]?.removeFirst()
            if lines.waiting[tenant]?.isEmpty == false {
                lines.turn.append(tenant)
            } else {
                lines.waiting[tenant] = nil
            }
            lines.count -= 1
            return job
        }
    }
}

private struct TenantLine: HashingPool {
    let pool: FairHashingPool
    let tenant: TenantID

    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.run(for: tenant, work)
    }
}
