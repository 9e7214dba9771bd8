import Foundation
import PluginTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("The misses of strangers")
struct MissBudgetTests {
    private let clock = FixedClock()
    private let budget = MissBudget(perMinute: 60)

    @Test("are counted by network, a minute's worth at once and then one after another")
    func counts() async throws {
        for _ in 0..<60 { #expect(try await look("192.0.2.1", finding: nil) == nil) }
        await #expect(throws: TooManyMisses(retryAfterSeconds: 1)) { try await look("192.0.2.1", finding: nil) }
        #expect(try await look("192.0.2.2", finding: nil) == nil)
        clock.advance(by: .seconds(1))
        #expect(try await look("192.0.2.1", finding: nil) == nil)
        await #expect(throws: TooManyMisses.self) { try await look("192.0.2.1", finding: nil) }
    }

    @Test("are those alone: what is found, or cannot be found out, costs nothing")
    func hits() async throws {
        for number in 0..<200 { #expect(try await look("192.0.2.1", finding: number) == number) }
        for _ in 0..<200 {
            await #expect(throws: CancellationError.self) { try await look("192.0.2.1") { throw CancellationError() } }
        }
        for _ in 0..<60 { _ = try await look("192.0.2.1", finding: nil) }
        await #expect(throws: TooManyMisses.self) { try await look("192.0.2.1", finding: 1) }
    }

    @Test("cannot be overdrawn by many at once, and no look-up is made beyond")
    func parallel() async throws {
        let made = Mutex(0)
        let refused = try await inParallel(200) { _ in
            do {
                _ = try await look("192.0.2.1") {
                    made.withLock { $0 += 1 }
                    await Task.yield()
                    return nil
                }
                return false
            } catch is TooManyMisses {
                return true
            }
        }
        #expect(refused.count { $0 } == 140)
        #expect(made.withLock { $0 } == 60)
    }

    @Test("are nobody's who has proved who he is, and none where there is no limit")
    func uncounted() async throws {
        for _ in 0..<200 { #expect(try await look(nil, finding: nil) == nil) }
        let unlimited = MissBudget(perMinute: nil)
        for _ in 0..<200 {
            let found: Int? = try await unlimited.counting("192.0.2.1", at: clock.now, isGood: { $0 != nil }) { nil }
            #expect(found == nil)
        }
    }

    @Test("of more networks than are told apart share one count, until there is room again")
    func manyNetworks() async throws {
        for number in 0..<MissBudget.mostNetworks { _ = try await look("network \(number)", finding: nil) }
        for number in 0..<60 { _ = try await look("late \(number)", finding: nil) }
        await #expect(throws: TooManyMisses.self) { try await look("late", finding: nil) }
        #expect(try await look("network 0", finding: nil) == nil)
        clock.advance(by: .seconds(61))
        for _ in 0..<60 { #expect(try await look("late", finding: nil) == nil) }
        #expect(try await look("later", finding: nil) == nil)
    }

    private func look(_ network: String?, finding found: Int?) async throws -> Int? {
        try await look(network) { found }
    }

    private func look(_ network: String?, _ lookUp: () async throws -> Int?) async throws -> Int? {
        try await budget.counting(network, at: clock.now, isGood: { $0 != nil }, lookUp)
    }
}
