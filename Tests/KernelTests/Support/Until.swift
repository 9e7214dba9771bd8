/// Waits until something holds that is about to, and gives up after a long time.
func until(_ holds: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while try await !holds() {
        guard .now < end else { throw NeverHappened() }
        try await Task.sleep(for: .milliseconds(2))
    }
}

struct NeverHappened: Error {}
