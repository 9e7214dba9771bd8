import Cryptography
import Foundation
import Kernel
import PluginKit
import PostgresStore
import Synchronization

/// Signs the tenant context of each transaction: `<uuid>.<mac>` by HMAC-SHA-256, as `gatehouse.tenant()` checks it.
///
/// A context is the same as long as the key is, so it is kept. The key can be exchanged while transactions are signed.
final class ContextSigner: TenantContextSigner {
    /// How many contexts are kept; with more tenants than that, they are all made anew from time to time.
    private static let mostKept = 20_000

    private struct State {
        var key: KeyBytes
        var contexts: [TenantID: String] = [:]
    }

    private let state: Mutex<State>

    init(key: KeyBytes) {
        state = Mutex(State(key: key))
    }

    /// Signs with this key from now on.
    func use(_ key: KeyBytes) {
        state.withLock { $0 = State(key: key) }
    }

    func signedContext(for tenant: TenantID) -> String {
        state.withLock { state in
            if let context = state.contexts[tenant] { return context }
            let context = Self.sign(tenant, with: state.key)
            if state.contexts.count >= Self.mostKept { state.contexts = [:] }
            state.contexts[tenant] = context
            return context
        }
    }

    private static func sign(_ tenant: TenantID, with key: KeyBytes) -> String {
        let claimed = tenant.rawValue.uuidString.lowercased()
        let mac = HMACSHA256.authenticate(Array("gatehouse-tenant-v1:\(claimed)".utf8), key: key)
        return "\(claimed).\(Hexadecimal.encode(mac))"
    }
}
