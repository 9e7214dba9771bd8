import Cryptography
package import Foundation
package import PluginKit

/// A tenant's data key, unwrapped.
struct DataKey: Sendable {
    let stored: StoredDataKey
    let bytes: KeyBytes
    /// When its keeper last unwrapped it.
    let unwrappedAt: Date
}

/// A tenant's data key as it is stored.
package struct StoredDataKey: Sendable {
    package let id: DataKeyID
    package let state: State
    package let wrapped: WrappedKey
    package let retiredAt: Date?

    package enum State: String, Sendable {
        /// Being made ready: people are listed under it already, nothing is sealed with it yet.
        case next
        /// Seals.
        case active
        /// Opens what it sealed, until all of that is sealed anew.
        case retired
    }

    /// What its wrapped form is bound to.
    static func binding(tenant: TenantID, key: DataKeyID) -> [UInt8] {
        LengthPrefixed.encode([
            Array("gatehouse-data-key-v1".utf8), tenant.rawValue.byteArray, key.rawValue.byteArray,
        ])
    }
}
