internal import CLibPQ
internal import Foundation
internal import Synchronization

/// Asks the server to cancel what a connection is doing. The asking takes a connection of its own and may block, so it
/// happens on a thread of its own.
final class Cancellation: Sendable {
    private let done = Atomic(false)

    /// Once it is done, the server has been told, and no later statement will be hit.
    var isDone: Bool { done.load(ordering: .acquiring) }

    /// Starts; wakes `wakeup` when done.
    static func start(for connection: Connection, waking wakeup: Wakeup?) -> Cancellation {
        let cancellation = Cancellation()
        let order = Order(handle: PQgetCancel(connection.handle))
        Thread.detachNewThread {
            order.send()
            cancellation.done.store(true, ordering: .releasing)
            wakeup?.signal()
        }
        return cancellation
    }

    // Made by the connection's thread and from then on used by the cancellation's thread alone.
    private struct Order: @unchecked Sendable {
        let handle: OpaquePointer?

        func send() {
            guard let handle else { return }
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(handle, &message, Int32(message.count))
            PQfreeCancel(handle)
        }
    }
}
