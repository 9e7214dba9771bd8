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
        try keys.withLock { $0 }.map { key in
            let derived = try HKDFSHA256.derive(from: key, salt: [], info: Array(purpose.utf8), count: 32)
            return { HMACSHA256.authenticate($0, key: derived) }
        }
    }
}
