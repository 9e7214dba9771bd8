import Foundation
import PluginKit
import Synchronization

/// A part of the cache of verified keys, under a lock of its own.
final class CacheShard: Sendable {
    private let state: Mutex<State>

    init(capacity: Int) {
        state = Mutex(State(capacity: capacity))
    }

    func withLock<Value: Sendable>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }

    /// The entries in a ring. When it is full, the first entry makes room that was not used since the hand last passed.
    struct State {
        private struct Entry {
            let place: VerifiedKeyCache.Place
            let key: VerifiedKey
            let storedAt: Date
            var wasUsed: Bool
        }

        private let capacity: Int
        private var ring: [Entry?] = []
        private var free: [Int] = []
        private var hand = 0
        private var slots: [VerifiedKeyCache.Place: Int] = [:]
        private var slotsByTenant: [TenantID: Set<Int>] = [:]
        /// Grows with each announcement.
        private(set) var generation: UInt64 = 0

        init(capacity: Int) {
            self.capacity = capacity
        }

        var count: Int { slots.count }

        mutating func value(at place: VerifiedKeyCache.Place, now: Date) -> VerifiedKey? {
            guard let slot = slots[place], let entry = ring[slot] else { return nil }
            let age = now.timeIntervalSince(entry.storedAt)
            guard age >= 0, age < VerifiedKeyCache.lifetime else {
                remove(slot)
                return nil
            }
            if !entry.wasUsed { ring[slot]?.wasUsed = true }
            return entry.key
        }

        mutating func store(_ key: VerifiedKey, at place: VerifiedKeyCache.Place, now: Date) {
            guard capacity > 0 else { return }
            if let slot = slots[place] { remove(slot) }
            let slot = takeSlot()
            ring[slot] = Entry(place: place, key: key, storedAt: now, wasUsed: false)
            slots[place] = slot
            slotsByTenant[place.tenant, default: []].insert(slot)
        }

        /// Forgets what matches of one tenant, and makes look-ups that are under way leave nothing behind.
        mutating func forget(of tenant: TenantID, where matches: (VerifiedKey) -> Bool) {
            generation += 1
            for slot in slotsByTenant[tenant] ?? [] {
                if let entry = ring[slot], matches(entry.key) { remove(slot) }
            }
        }

        mutating func forgetAll() {
            generation += 1
            ring = []
            free = []
            hand = 0
            slots = [:]
            slotsByTenant = [:]
        }

        private mutating func takeSlot() -> Int {
            if let slot = free.popLast() { return slot }
            if ring.count < capacity {
                ring.append(nil)
                return ring.count - 1
            }
            while ring[hand]?.wasUsed == true {
                ring[hand]?.wasUsed = false
                advanceHand()
            }
            remove(hand)
            // What comes in is passed over until the hand has been round.
            advanceHand()
            return free.removeLast()
        }

        private mutating func advanceHand() { hand = (hand + 1) % ring.count }

        private mutating func remove(_ slot: Int) {
            guard let entry = ring[slot] else { return }
            ring[slot] = nil
            free.append(slot)
            slots[entry.place] = nil
            slotsByTenant[entry.place.tenant]?.remove(slot)
            if slotsByTenant[entry.place.tenant]?.isEmpty == true { slotsByTenant[entry.place.tenant] = nil }
        }
    }
}
