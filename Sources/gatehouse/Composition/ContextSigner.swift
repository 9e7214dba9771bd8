import Cryptography
import Foundation
import Kernel
import PluginKit
import PostgresStore
import Synchronization

/// Signs the tenant context of each transaction: `<uuid>.<mac>` by HMAC-SHA-256, as `gatehouse.tenant()` checks it.
///
/// The key can be exchanged while transactions are signed.
final class ContextSigner: TenantContextSigner {
    private let key: Mutex<KeyBytes>

    init(key: KeyBytes) {
        self.key = Mutex(key)
    }

    /// Signs with this key from now on.
    func use(_ key: KeyBytes) {
        self.key.withLock { $0 = key }
    }

    func signedContext(for tenant: TenantID) -> String {
        let claimed = tenant.rawValue.uuidString.lowercased()
        let key = key.withLock { $0 }
        let mac = HMACSHA256.authenticate(Array("gatehouse-tenant-v1:\(claimed)".utf8), key: key)
        return "\(claimed).\(Hexadecimal.encode(mac))"
    }
}
