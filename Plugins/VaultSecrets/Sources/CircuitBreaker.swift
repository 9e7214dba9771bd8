/// Keeps requests away from a server that fails one after another, and lets a probe through from time to time.
struct CircuitBreaker {
    private enum State {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant, rest: Duration)
        case probing(rest: Duration)
    }

    private let threshold: Int
    private let firstRest: Duration
    private let longestRest: Duration
    private var state = State.closed(failures: 0)

    /// - Parameters:
    ///   - threshold: failures in a row that open it.
    ///   - firstRest: how long no request goes out then; doubled whenever the probe fails, up to `longestRest`.
    init(threshold: Int = 5, firstRest: Duration = .seconds(1), longestRest: Duration = .seconds(15)) {
        self.threshold = threshold
        self.firstRest = firstRest
        self.longestRest = longestRest
    }

    /// Whether a request may go out at `time`. Who is let through says how it ended.
    mutating func admits(at time: ContinuousClock.Instant) -> Bool {
        switch state {
        case .closed: return true
        case .probing: return false
        case .open(let until, let rest):
            guard time >= until else { return false }
            state = .probing(rest: rest)
            return true
        }
    }

    mutating func succeeded() {
        state = .closed(failures: 0)
    }

    mutating func failed(at time: ContinuousClock.Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < threshold: state = .closed(failures: failures + 1)
        case .closed: state = .open(until: time + firstRest, rest: firstRest)
        case .open: break
        case .probing(let rest):
            let next = min(rest * 2, longestRest)
            state = .open(until: time + next, rest: next)
        }
    }

    /// The request ended without saying anything about the server.
    mutating func abandoned(at time: ContinuousClock.Instant) {
        if case .probing(let rest) = state { state = .open(until: time, rest: rest) }
    }
}
