import Synchronization
import Testing

@testable import Kernel

@Suite("Work that is shared")
struct SingleFlightTests {
    private let flights = SingleFlight<Int, String>()

    @Test("runs once for those who come while it runs")
    func shared() async throws {
        let values = try await duringRun { try await flights.run(1) { "another" } }
        #expect(values == ["first", "first"])
    }

    @Test("runs anew for those who must not have what was begun before they came")
    func anew() async throws {
        let values = try await duringRun { try await flights.runAnew(1) { "another" } }
        #expect(values == ["first", "another"])
    }

    @Test("of one key is not waited for by another")
    func keys() async throws {
        let values = try await duringRun {
            let (one, other) = (try await flights.run(2) { "one" }, try await flights.runAnew(3) { "other" })
            return one + other
        }
        #expect(values == ["first", "oneother"])
    }

    @Test("that fails, fails for those who shared it and not for those who come anew")
    func failure() async throws {
        let values = try await duringRun(thatFails: true) { try await flights.runAnew(1) { "another" } }
        #expect(values == ["", "another"])
    }

    /// What a run for key 1 gives, and what `body` gives that begins while it runs.
    private func duringRun(
        thatFails: Bool = false, _ body: @escaping @Sendable () async throws -> String
    ) async throws -> [String] {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await flights.run(1) {
                begin.finish()
                for await _ in gate {}
                if thatFails { throw Refusal.notFound }
                return "first"
            }
        }
        for await _ in begun {}
        // An immediate task has reached its first wait when it is given back.
        let second = Task.immediate { try await body() }
        open.finish()
        return [(try? await first.value) ?? "", try await second.value]
    }
}
