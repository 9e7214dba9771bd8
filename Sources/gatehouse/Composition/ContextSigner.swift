import Cryptography
import Foundation
import Kernel
import PluginKit
import PostgresStore

/// Signs the tenant context of each transaction: `<uuid>.<mac>` by HMAC-SHA-256, as `gatehouse.tenant()` checks it.
struct ContextSigner: TenantContextSigner {
    private let key: KeyBytes

    init(key: SecretBytes) {
        self.key = key.withExposedBytes { KeyBytes($0) }
    }

    func signedContext(for tenant: TenantID) -> String {
        let claimed = tenant.rawValue.uuidString.lowercased()
        let mac = HMACSHA256.authenticate(Array("gatehouse-tenant-v1:\(claimed)".utf8), key: key)
        return "\(claimed).\(Hexadecimal.encode(mac))"
    }
}
