import DatabaseTesting
import Foundation
import Testing

@testable import Kernel

@Suite("The bounded cache")
struct BoundedCacheTests {
    private let start = TestTenant.start

    @Test("a value is there until its time is over, and not before it was stored")
    func lifetime() {
        let cache = BoundedCache<Int, String>(capacity: 2, lifetime: 60)
        cache.store("one", for: 1, at: start)
        #expect(cache.value(for: 1, at: start) == "one")
        #expect(cache.value(for: 1, at: start + 59.9) == "one")
        #expect(cache.value(for: 1, at: start + 60) == nil)
        #expect(cache.value(for: 1, at: start - 1) == nil)
    }

    @Test("there are never more values than it holds; the oldest makes room")
    func capacity() {
        let cache = BoundedCache<Int, Int>(capacity: 3, lifetime: 60)
        for number in 1...10 { cache.store(number, for: number, at: start) }
        #expect((1...10).compactMap { cache.value(for: $0, at: start) } == [8, 9, 10])
    }

    @Test("a value that is replaced or removed is gone, and its place is free")
    func replacing() {
        let cache = BoundedCache<Int, String>(capacity: 2, lifetime: 60)
        cache.store("old", for: 1, at: start)
        cache.store("new", for: 1, at: start)
        cache.store("two", for: 2, at: start)
        #expect((cache.value(for: 1, at: start), cache.value(for: 2, at: start)) == ("new", "two"))
        cache.remove(1)
        cache.store("three", for: 3, at: start)
        #expect((cache.value(for: 1, at: start), cache.value(for: 2, at: start)) == (nil, "two"))
        #expect(cache.value(for: 3, at: start) == "three")
    }
}
