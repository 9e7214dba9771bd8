import DatabaseTesting
import PluginKit
import PluginTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("The key-encryption keys of the process")
struct KeyEncryptionTests {
    private let key = SecretBytes([1, 2, 3])

    @Test("newer ones are asked for once, however many meet a key that is not known")
    func singleFlight() async throws {
        let (old, new) = (TestKeeper(try .random()), TestKeeper(try .random()))
        let wrapped = try await new.wrap(key, binding: [])
        let asked = Mutex(0)
        let encryption = KeyEncryption([old]) {
            asked.withLock { $0 += 1 }
            // Until all have met the unknown key, and had the time to ask for newer ones.
            while old.unwraps < 20 { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
            return [new, old]
        }
        let keys = try await inParallel(20) { _ in try await encryption.unwrap(wrapped, binding: []) }
        #expect(keys.allSatisfy { $0.withExposedBytes { Array($0) } == [1, 2, 3] })
        #expect(asked.withLock { $0 } == 1)
        // What was found is kept, and wraps from then on.
        #expect(try await encryption.currentKeyID() == new.currentKeyID())
        _ = try await encryption.unwrap(wrapped, binding: [])
        #expect(asked.withLock { $0 } == 1)
    }

    @Test("an unknown key is named where newer ones do not know it either, or cannot be had")
    func unknown() async throws {
        let wrapped = try await TestKeeper(try .random()).wrap(key, binding: [])
        let newer: [@Sendable () async throws -> KeyEncryption.Wrappers?] = [
            { nil }, { [TestKeeper(try .random())] }, { [] },
        ]
        for renew in newer {
            let encryption = KeyEncryption([TestKeeper(try .random())], renew: renew)
            await #expect {
                _ = try await encryption.unwrap(wrapped, binding: [])
            } throws: { error in
                if case KeyWrapperError.unknownKey(wrapped.wrapperKeyID) = error { true } else { false }
            }
        }
        let failing = KeyEncryption([], renew: { throw DatabaseError.unavailable })
        await #expect(throws: DatabaseError.unavailable) { _ = try await failing.unwrap(wrapped, binding: []) }
    }

    @Test("a keeper that is away hinders what another keeps from nothing, and newer ones are not asked for")
    func away() async throws {
        let (one, other) = (TestKeeper(try .random()), TestKeeper(try .random()))
        let (ones, others) = (try await one.wrap(key, binding: []), try await other.wrap(key, binding: []))
        one.isAway = true
        let encryption = KeyEncryption([one, other]) {
            Issue.record("newer ones were asked for")
            return nil
        }
        #expect(try await encryption.unwrap(others, binding: []).withExposedBytes { Array($0) } == [1, 2, 3])
        await #expect(throws: KeyWrapperError.self) { _ = try await encryption.unwrap(ones, binding: []) }
    }

    @Test("what was wrapped for one binding does not unwrap for another")
    func binding() async throws {
        let encryption = KeyEncryption([try KeyEncryptionKeys.random()])
        let wrapped = try await encryption.wrap(key, binding: [1])
        #expect(try await encryption.unwrap(wrapped, binding: [1]).withExposedBytes { Array($0) } == [1, 2, 3])
        for other in [[], [2], [1, 0]] as [[UInt8]] {
            await #expect(throws: KeyWrapperError.self) { _ = try await encryption.unwrap(wrapped, binding: other) }
        }
    }

    @Test("without any, nothing is wrapped")
    func none() async throws {
        let encryption = KeyEncryption([])
        await #expect(throws: KeyWrapperError.self) { _ = try await encryption.wrap(key, binding: []) }
        await #expect(throws: KeyWrapperError.self) { _ = try await encryption.currentKeyID() }
    }
}
