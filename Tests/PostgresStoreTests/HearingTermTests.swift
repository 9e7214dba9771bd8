import Synchronization
import Testing

@testable import PostgresStore

/// For how long a listener may claim to hear, by a clock that the test moves.
@Suite("Terms of hearing")
struct HearingTermTests {
    private let bench = Bench()

    @Test("a term lasts until its end and ends by itself")
    func end() {
        let term = bench.term
        #expect(!term.lasts)
        #expect(term.begin(until: bench.now + .seconds(2)))
        bench.pass(.milliseconds(1_999))
        #expect(term.lasts)
        bench.pass(.milliseconds(1))
        #expect(!term.lasts)
        #expect(bench.told == [false, true, false])
    }

    @Test(
        "a term is extended while it lasts and not afterwards, whether somebody has asked or not",
        arguments: [false, true])
    func lengthening(isAsked: Bool) {
        let term = bench.term
        #expect(!term.extend(until: bench.now + .seconds(2)))
        #expect(term.begin(until: bench.now + .seconds(2)))
        bench.pass(.seconds(1))
        #expect(term.extend(until: bench.now + .seconds(2)))
        bench.pass(.seconds(2))
        if isAsked { #expect(!term.lasts) }
        #expect(!term.extend(until: bench.now + .seconds(2)))
        #expect(!term.lasts)
        #expect(term.begin(until: bench.now + .seconds(2)))
    }

    @Test("a term that would be over already does not begin, and one can be ended early")
    func finish() {
        let term = bench.term
        #expect(!term.begin(until: bench.now))
        #expect(!term.begin(until: bench.now - .seconds(60)))
        #expect(term.begin(until: bench.now + .seconds(2)))
        term.finish()
        #expect(!term.lasts)
        #expect(!term.extend(until: bench.now + .seconds(2)))
    }

    @Test("a channel's name is one that means the same in SQL text and as a value")
    func channelNames() {
        for name in ["gatehouse_keys", "_k9", "select", String(repeating: "a", count: 63)] {
            #expect(NotificationChannel.isPlain(name))
        }
        for name in ["", "9k", "Keys", "k\"; x", "k k", "schlüssel", "k\u{0}", String(repeating: "a", count: 64)] {
            #expect(!NotificationChannel.isPlain(name))
        }
        #expect(NotificationChannel.random() != .random())
    }

    private final class Bench: Sendable {
        private let passed = Mutex(Duration.zero)
        private let heard = Mutex<[Bool]>([])
        private let start = ContinuousClock.now

        var term: HearingTerm {
            HearingTerm(clock: { self.now }, tell: { lasts in self.heard.withLock { $0.append(lasts) } })
        }

        var now: ContinuousClock.Instant { start + passed.withLock { $0 } }
        var told: [Bool] { heard.withLock { $0 } }

        func pass(_ duration: Duration) { passed.withLock { $0 += duration } }
    }
}
