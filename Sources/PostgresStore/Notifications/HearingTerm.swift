internal import Synchronization

/// Until when a listener may claim to hear. Ends by itself, whatever its thread is doing.
///
/// One thread begins, extends and ends it; any thread may ask. Whoever was told "no" has ended it for all: it cannot be
/// extended any more, only begun anew.
final class HearingTerm: Sendable {
    private let origin: ContinuousClock.Instant
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let tell: @Sendable (Bool) -> Void
    /// In nanoseconds after `origin`; 0 while there is no term.
    private let end = Atomic<Int64>(0)

    /// - Parameter tell: told whether the term lasts, on the thread that has found out.
    init(
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, tell: @escaping @Sendable (Bool) -> Void
    ) {
        // Early enough for a term that begins at once to end later than at 0.
        origin = clock() - .seconds(1)
        self.clock = clock
        self.tell = tell
        tell(false)
    }

    /// Whether the term lasts. Costs an atomic load and a look at the clock.
    var lasts: Bool {
        var known = end.load(ordering: .acquiring)
        while known != 0 {
            if nanoseconds(until: clock()) < known { return true }
            let (isEnded, found) = end.compareExchange(
                expected: known, desired: 0, ordering: .acquiringAndReleasing)
            if isEnded { tell(false) }
            known = isEnded ? 0 : found
        }
        return false
    }

    /// Begins a term; `false` where `instant` has passed already.
    func begin(until instant: ContinuousClock.Instant) -> Bool {
        end.store(nanoseconds(until: instant), ordering: .releasing)
        tell(true)
        return lasts
    }

    /// Lets the term last longer; `false` where it has ended meanwhile.
    func extend(until instant: ContinuousClock.Instant) -> Bool {
        let known = end.load(ordering: .acquiring)
        guard lasts else { return false }
        let later = nanoseconds(until: instant)
        guard end.compareExchange(expected: known, desired: later, ordering: .acquiringAndReleasing).exchanged else {
            return false
        }
        // At each extension, since whoever found an earlier term at its end may tell so late.
        tell(true)
        return true
    }

    func finish() {
        end.store(0, ordering: .releasing)
        tell(false)
    }

    private func nanoseconds(until instant: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = (instant - origin).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
