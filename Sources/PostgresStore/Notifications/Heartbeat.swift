/// How often a listener proves that it hears, and for how long one proof holds.
package struct Heartbeat: Sendable {
    /// From one heartbeat to the next.
    let interval: Duration
    /// For how long a heartbeat that came back counts, from when it was sent.
    let bound: Duration

    /// - Parameters:
    ///   - interval: longer than zero.
    ///   - bound: longer than `interval`; the difference is what a heartbeat may take on its way without harm.
    package init(interval: Duration = .seconds(1), bound: Duration = .seconds(2)) {
        precondition(interval > .zero && bound > interval)
        self.interval = interval
        self.bound = bound
    }
}
