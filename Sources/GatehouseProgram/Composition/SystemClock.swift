import Foundation

/// The one place that reads the system's clock; everything else is handed the time.
enum SystemClock {
    static let now: @Sendable () -> Date = { Date() }
}
