package import Cryptography
import Synchronization

/// The process's own secret keys for work that belongs to no tenant: a present one, and a previous one while it rotates.
package final class PlatformSecrets: Sendable {
    private let keys: Mutex<[KeyBytes]>

    /// - Parameter keys: the present key first.
    package init(_ keys: [KeyBytes]) {
        self.keys = Mutex(keys)
    }

    /// Takes these from now on, the present key first.
    package func use(_ keys: [KeyBytes]) {
        self.keys.withLock { $0 = keys }
    }

    /// A MAC per key, each under a key derived for `purpose` alone; the present key's first.
    func authenticators(for purpose: String) throws -> [KeyedHash] {
        try derivedKeys(for: purpose).map { key in { HMACSHA256.authenticate($0, key: key) } }
    }

    /// A key of 32 bytes per key, derived for `purpose` alone; the present key's first.
    func derivedKeys(for purpose: String) throws -> [KeyBytes] {
        try keys.withLock { $0 }.map { key in
            try HKDFSHA256.derive(from: key, salt: [], info: Array(purpose.utf8), count: 32)
        }
    }
}
