import Synchronization

/// Counts hashes, so that a test can tell that every refusal costs the same.
final class HashCounter: Sendable {
    private let total = Atomic(0)

    var count: Int { total.load(ordering: .relaxed) }

    func increment() {
        total.add(1, ordering: .relaxed)
    }
}
