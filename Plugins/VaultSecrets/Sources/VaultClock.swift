import Foundation

/// Where time and chance come from, so that a test can hold both.
struct VaultClock: Sendable {
    let now: @Sendable () -> Date
    let pause: @Sendable (Duration) async throws -> Void
    /// From 0 to below 1.
    let chance: @Sendable () -> Double

    init(
        now: @escaping @Sendable () -> Date,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.now = now
        self.pause = pause
        self.chance = chance
    }
}

extension Duration {
    /// As a number, for the arithmetic of dates.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
