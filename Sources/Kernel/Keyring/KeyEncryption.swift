import Foundation
package import PluginKit
import Synchronization

/// The key-encryption keys of the process: one keeper that wraps, and others that still unwrap what they wrapped.
///
/// They can be exchanged while the process works. Where a key is met that none of them knows, the process is asked once
/// for what it has now: whoever rotates may be faster than the next look at the secrets.
package final class KeyEncryption: KeyWrapper {
    package typealias Wrappers = [any KeyWrapper]

    private let wrappers: Mutex<Wrappers>
    private let renew: @Sendable () async throws -> Wrappers?
    private let renewals = SingleFlight<Bool, Wrappers?>()

    /// - Parameters:
    ///   - wrappers: the one that wraps comes first.
    ///   - renew: looks for newer ones; `nil` where there are none.
    package init(_ wrappers: Wrappers, renew: @escaping @Sendable () async throws -> Wrappers? = { nil }) {
        self.wrappers = Mutex(wrappers)
        self.renew = renew
    }

    /// Wraps with the first of `wrappers` from now on, and unwraps with any of them.
    package func use(_ wrappers: Wrappers) {
        self.wrappers.withLock { $0 = wrappers }
    }

    package func currentKeyID() async throws -> String {
        try await wrapping().currentKeyID()
    }

    package func wrap(_ key: SecretBytes, binding: [UInt8]) async throws -> WrappedKey {
        try await wrapping().wrap(key, binding: binding)
    }

    package func unwrap(_ wrapped: WrappedKey, binding: [UInt8]) async throws -> SecretBytes {
        if let key = try await unwrap(wrapped, binding: binding, with: wrappers.withLock { $0 }) { return key }
        if let newer = try await renewals.run(true, renew) {
            use(newer)
            if let key = try await unwrap(wrapped, binding: binding, with: newer) { return key }
        }
        throw KeyWrapperError.unknownKey(id: wrapped.wrapperKeyID)
    }

    /// Each keeper knows its keys by their names, so a key is chosen, never tried.
    private func unwrap(_ wrapped: WrappedKey, binding: [UInt8], with wrappers: Wrappers) async throws -> SecretBytes? {
        for wrapper in wrappers {
            do {
                return try await wrapper.unwrap(wrapped, binding: binding)
            } catch KeyWrapperError.unknownKey {
                continue
            }
        }
        return nil
    }

    private func wrapping() throws -> any KeyWrapper {
        guard let first = wrappers.withLock(\.first) else {
            throw KeyWrapperError.unavailable(reason: "the process has none")
        }
        return first
    }
}
