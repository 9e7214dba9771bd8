import Testing

@testable import VaultSecrets

@Suite("Trying again")
struct ResilienceTests {
    @Test("pauses grow, end at a bound, and differ between clients")
    func backoff() {
        let backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
        let longest = (0..<6).map { backoff.pause(after: $0, asked: nil, chance: 1) }
        #expect(longest == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        #expect(backoff.pause(after: 1, asked: nil, chance: 0) == .milliseconds(100))
        #expect(backoff.pause(after: 1_000_000, asked: nil, chance: 1) == .seconds(1))
    }

    @Test("a server that asks for a pause gets it, and never a shorter one than our own")
    func askedPause() {
        let backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
        #expect(backoff.pause(after: 0, asked: .seconds(7), chance: 0) == .seconds(7))
        #expect(backoff.pause(after: 0, asked: .zero, chance: 0) == .milliseconds(50))
    }

    @Test("after failures in a row nothing is sent for a while, then one probe")
    func breaker() {
        let breaker = TimedBreaker(CircuitBreaker(threshold: 3, firstRest: .seconds(1), longestRest: .seconds(3)))
        breaker.fail(times: 2)
        #expect(breaker.admits())
        breaker.succeed()
        breaker.fail(times: 2)
        #expect(breaker.admits(), "failures with a success between are not in a row")
        breaker.fail(times: 1)
        breaker.advance(by: .milliseconds(999))
        #expect(!breaker.admits())
        breaker.advance(by: .milliseconds(1))
        #expect(breaker.admits())
        #expect(!breaker.admits(), "there is one probe at a time")
        breaker.succeed()
        #expect(breaker.admits())
    }

    @Test("the rest grows while probes fail, up to a bound")
    func longerRest() {
        let breaker = TimedBreaker(CircuitBreaker(threshold: 1, firstRest: .seconds(1), longestRest: .seconds(3)))
        breaker.fail(times: 1)
        for rest in [1, 2, 3, 3] {
            breaker.advance(by: .milliseconds(rest * 1000 - 1))
            #expect(!breaker.admits())
            breaker.advance(by: .milliseconds(1))
            #expect(breaker.admits())
            breaker.fail(times: 1)
        }
    }

    @Test("a probe that was given up leaves room for the next")
    func abandonedProbe() {
        let breaker = TimedBreaker(CircuitBreaker(threshold: 1, firstRest: .seconds(1)))
        breaker.fail(times: 1)
        breaker.advance(by: .seconds(1))
        #expect(breaker.admits())
        breaker.abandon()
        #expect(breaker.admits())
    }

    @Test("what may have been carried out is not called undone")
    func undone() {
        for problem: VaultProblem in [.cut, .timedOut, .unavailable(status: 500), .unavailable(status: 504)] {
            #expect(!problem.saysNothingWasDone, "\(problem)")
        }
        for problem: VaultProblem in [.unreachable(.connectionRefused), .sealed, .rateLimited(retryAfter: nil)] {
            #expect(problem.saysNothingWasDone && problem.isPassing, "\(problem)")
        }
    }
}

/// A breaker and the time by which it is asked.
private final class TimedBreaker {
    private var breaker: CircuitBreaker
    private var time = ContinuousClock.now

    init(_ breaker: CircuitBreaker) {
        self.breaker = breaker
    }

    func admits() -> Bool { breaker.admits(at: time) }
    func fail(times: Int) { for _ in 0..<times { breaker.failed(at: time) } }
    func succeed() { breaker.succeeded() }
    func abandon() { breaker.abandoned(at: time) }
    func advance(by duration: Duration) { time += duration }
}
