import PluginKit
import Synchronization

@testable import Kernel

/// A keeper of one key-encryption key that can be away.
final class TestKeeper: KeyWrapper {
    private struct State {
        var isAway = false
        var unwraps = 0
    }

    private let keys: KeyEncryptionKeys
    private let state = Mutex(State())

    init(_ keys: KeyEncryptionKeys) {
        self.keys = keys
    }

    var isAway: Bool {
        get { state.withLock(\.isAway) }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// How often it was asked to unwrap, in vain or not.
    var unwraps: Int { state.withLock(\.unwraps) }

    func currentKeyID() async throws -> String {
        try beThere()
        return keys.currentKeyID()
    }

    func wrap(_ key: SecretBytes, binding: [UInt8]) async throws -> WrappedKey {
        try beThere()
        return try keys.wrap(key, binding: binding)
    }

    func unwrap(_ wrapped: WrappedKey, binding: [UInt8]) async throws -> SecretBytes {
        state.withLock { $0.unwraps += 1 }
        // As of every keeper: whether a key is its own, its name alone tells.
        if wrapped.wrapperKeyID == keys.currentKeyID() { try beThere() }
        return try keys.unwrap(wrapped, binding: binding)
    }

    private func beThere() throws {
        if isAway { throw KeyWrapperError.unavailable(reason: "away in a test") }
    }
}
