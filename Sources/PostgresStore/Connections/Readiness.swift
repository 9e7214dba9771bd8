internal import Foundation

/// Waits until a socket can be read or written.
enum Readiness {
    static let input = Int32(POLLIN)
    static let output = Int32(POLLOUT)

    /// Blocks the thread until one of `events` happens on `descriptor`, or somebody signals `wakeup`, or `end` has
    /// passed. Whether something happened on `descriptor`.
    @discardableResult
    static func wait(
        for descriptor: Int32, events: Int32, wakeup: Wakeup? = nil, until end: ContinuousClock.Instant?
    ) -> Bool {
        var polled = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
            pollfd(fd: wakeup?.readEnd ?? -1, events: Int16(input), revents: 0),
        ]
        let happened = poll(&polled, 2, milliseconds(until: end))
        guard happened > 0 else { return false }
        if polled[1].revents != 0 { wakeup?.drain() }
        return polled[0].revents != 0
    }

    /// Rounded up, so that whoever waits until a time does not wake before it.
    private static func milliseconds(until end: ContinuousClock.Instant?) -> Int32 {
        guard let end else { return -1 }
        let left = end - .now
        guard left > .zero else { return 0 }
        return Int32(clamping: Int(left / .milliseconds(1)) + 1)
    }
}
