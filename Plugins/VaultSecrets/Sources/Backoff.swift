/// How long to wait before a request is tried again: longer each time, and never the same for all clients.
struct Backoff: Sendable {
    let first: Duration
    let longest: Duration

    init(first: Duration = .milliseconds(50), longest: Duration = .seconds(1)) {
        self.first = first
        self.longest = longest
    }

    /// The pause after the try numbered `attempt`, counted from zero: between half and the whole of `first` doubled
    /// `attempt` times, and no shorter than the server asked for.
    ///
    /// - Parameter chance: from 0 to below 1.
    func pause(after attempt: Int, asked: Duration?, chance: Double) -> Duration {
        let whole = min(longest, first * (1 << min(attempt, 16)))
        return max(asked ?? .zero, whole * (0.5 + chance / 2))
    }
}
