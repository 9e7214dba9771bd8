/// Counts the requests that came in and were not answered yet.
struct RequestsUnderWay {
    private var count = 0
    /// The most there were at the same time.
    private(set) var most = 0

    mutating func begin() {
        count += 1
        most = max(most, count)
    }

    mutating func end() {
        count -= 1
    }

    /// Begins anew with those that are under way now.
    mutating func forget() {
        most = count
    }
}
