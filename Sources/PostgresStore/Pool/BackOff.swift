/// How long to wait before the next attempt to connect: 100 ms, doubling up to a limit, each shortened at random by up
/// to half, so that the connections of many nodes do not return in step.
struct BackOff {
    private let longest: Duration
    private var next = Duration.milliseconds(100)

    init(longest: Duration = .seconds(2)) {
        self.longest = longest
    }

    mutating func pause() -> Duration {
        defer { next = min(next * 2, longest) }
        return next * Double.random(in: 0.5...1)
    }
}
