public import Foundation
private import Synchronization

/// A clock that stands still until it is told to go on.
public final class FixedClock: Sendable {
    private let time: Mutex<Date>

    public init(_ start: Date = Date(timeIntervalSince1970: 1_750_000_000)) {
        time = Mutex(start)
    }

    /// The clock in the shape in which providers take it.
    public var reading: @Sendable () -> Date { { self.now } }

    public var now: Date { time.withLock { $0 } }

    public func set(to date: Date) {
        time.withLock { $0 = date }
    }

    public func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        time.withLock { $0 += TimeInterval(seconds) + TimeInterval(attoseconds) / 1e18 }
    }
}
