/// How long to wait before the next attempt to connect: 100 ms, doubling to 2 s, each shortened at random by up to half,
/// so that the connections of many nodes do not return in step.
struct BackOff {
    private static let shortest = Duration.milliseconds(100)
    private static let longest = Duration.seconds(2)

    private var next = shortest

    mutating func pause() -> Duration {
        defer { next = min(next * 2, Self.longest) }
        return next * Double.random(in: 0.5...1)
    }
}
