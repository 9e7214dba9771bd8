import Foundation
import Synchronization

/// A cache of a bounded number of values, each kept for a bounded time. When full, the oldest entry makes room.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let storedAt: Date
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Keys in the order in which they were stored; may name keys that are gone.
        var order: [Key] = []
    }

    private let capacity: Int
    private let lifetime: TimeInterval
    private let state = Mutex(State())

    init(capacity: Int, lifetime: TimeInterval) {
        self.capacity = capacity
        self.lifetime = lifetime
    }

    func value(for key: Key, at time: Date) -> Value? {
        state.withLock { state in
            guard let entry = state.entries[key] else { return nil }
            let age = time.timeIntervalSince(entry.storedAt)
            return age >= 0 && age < lifetime ? entry.value : nil
        }
    }

    func store(_ value: Value, for key: Key, at time: Date) {
        state.withLock { state in
            if state.entries.updateValue(Entry(value: value, storedAt: time), forKey: key) == nil {
                state.order.append(key)
            }
            if state.order.count > capacity {
                state.entries[state.order.removeFirst()] = nil
            }
        }
    }

    func remove(_ key: Key) {
        state.withLock { state in
            guard state.entries.removeValue(forKey: key) != nil else { return }
            state.order.removeAll { $0 == key }
        }
    }
}
