internal import Synchronization

/// The place of one connection in a store: which one its thread uses, and which one it is to use next.
final class ConnectionSlot: Sendable {
    /// Wakes the thread.
    let wakeup: Wakeup
    private let successor = Mutex<Handover?>(nil)
    private let isOffered = Atomic(false)
    private let held = Atomic(0)

    init() throws(PostgresStartError) {
        wakeup = try Wakeup()
    }

    /// The generation of the address that the latest connection was opened with; 0 for an outdated one, or none yet.
    var generation: Int { held.load(ordering: .acquiring) }

    /// Whether another connection waits to be used. Costs no lock.
    var hasSuccessor: Bool { isOffered.load(ordering: .acquiring) }

    /// Hands over a connection, which the thread will use from its next piece of work on; one that it has not taken
    /// yet is closed.
    func offer(_ opened: ConnectionOpener.Opened) {
        let handover = Handover(opened: opened)
        successor.withLock { $0 = handover }
        isOffered.store(true, ordering: .releasing)
        wakeup.signal()
    }

    /// The connection that was handed over, if one was.
    func takeSuccessor() -> Connection? {
        guard hasSuccessor else { return nil }
        let handover = successor.withLock { successor -> Handover? in
            isOffered.store(false, ordering: .releasing)
            defer { successor = nil }
            return successor
        }
        guard let handover else { return nil }
        held.store(handover.opened.generation, ordering: .releasing)
        return handover.opened.connection
    }

    // Belongs to the thread that opened it until it is offered, and from then on to the one that takes it.
    private struct Handover: @unchecked Sendable {
        let opened: ConnectionOpener.Opened
    }
}
