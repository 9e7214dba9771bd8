package import Foundation
package import PluginKit
import Synchronization

/// A key that was found good, with what it allows: good until its end, unless something is announced about it before.
package final class VerifiedKey: Sendable {
    // A class, so that handing it around copies nothing.

    package let tenant: TenantID
    package let key: KeyID
    package let secret: KeySecretID
    /// The hash key that the secret was made with.
    let hashKey: HashKeyID
    package let name: String
    /// What it allows: its scopes, as far as its owner may do these things himself.
    package let permissions: Set<Permission>
    package let owner: UserID?
    package let metadata: [String: String]
    package let rateLimit: Int?
    /// When it ends by itself, whether it was replaced or not.
    package let endsAt: Date
    /// Why it is not good from then on.
    let end: KeyRefusal
    /// The same in words, in order.
    package let scopes: [String]
    /// What an outer layer makes of it, made once.
    package let rendering = Rendering()
    private let networks: [AddressBlock]

    /// - Throws: ``KeyRefusal`` for a key that is good no more.
    init(
        _ found: FoundKey, hashedWith hashKey: HashKeyID, of tenant: TenantID, at now: Date
    ) throws(KeyRefusal) {
        if let ended = found.endedBecause { throw KeyEnd(rawValue: ended)?.refusal ?? .revoked }
        guard !found.isRevoked else { throw .revoked }
        if let retiresAt = found.retiresAt, retiresAt <= now { throw .replaced }
        guard found.expiresAt > now else { throw .expired }
        guard found.owner?.isActive ?? true else { throw .ownerInactive }
        self.tenant = tenant
        key = found.key
        secret = found.secret
        self.hashKey = hashKey
        name = found.name
        permissions = found.owner.map { found.scopes.intersection($0.permissions) } ?? found.scopes
        scopes = permissions.map(\.rawValue).sorted()
        owner = found.owner?.id
        metadata = found.metadata
        rateLimit = found.rateLimit
        networks = found.allowedNetworks.compactMap(AddressBlock.init)
        // A range that cannot be read must not open the key to everybody.
        guard networks.count == found.allowedNetworks.count else { throw .networkNotAllowed }
        endsAt = found.retiresAt.map { min($0, found.expiresAt) } ?? found.expiresAt
        end = found.retiresAt == nil ? .expired : .replaced
    }

    /// Whether it may be used from `address`; from an unknown one only where it may be used from anywhere.
    func isAllowed(from address: IPAddress?) -> Bool {
        guard !networks.isEmpty else { return true }
        guard let address else { return false }
        return networks.contains { $0.contains(address) }
    }
}

/// Keeps the bytes of an answer that is the same every time.
package final class Rendering: Sendable {
    private let made = Mutex<[UInt8]?>(nil)

    /// The bytes, from `make` the first time.
    package func bytes(_ make: () -> [UInt8]) -> [UInt8] {
        if let bytes = made.withLock({ $0 }) { return bytes }
        let bytes = make()
        made.withLock { $0 = bytes }
        return bytes
    }
}

/// Why a key is not good. Told to the tenant's log, and to whoever may verify keys; everybody else learns that it is not.
package enum KeyRefusal: Error, Sendable, Equatable {
    /// It is not written as this tenant's keys are; nothing was looked up.
    case malformed
    /// There is no such key, or its secret is another.
    case unknown
    case revoked
    /// Its secret was replaced, and the overlap is over.
    case replaced
    case expired
    case ownerInactive
    case networkNotAllowed
    case insufficientScope
    case rateLimited(retryAfterSeconds: Int)

    /// Whether it costs a look-up of its own to find this out.
    var isAboutRate: Bool { if case .rateLimited = self { true } else { false } }

    /// In lower snake case, as answers and the log have it.
    package var code: String {
        switch self {
        case .malformed: "malformed"
        case .unknown: "unknown"
        case .revoked: "revoked"
        case .replaced: "replaced"
        case .expired: "expired"
        case .ownerInactive: "owner_inactive"
        case .networkNotAllowed: "network_not_allowed"
        case .insufficientScope: "insufficient_scope"
        case .rateLimited: "rate_limited"
        }
    }
}

extension KeyEnd {
    /// What whoever presents a secret that ended so is told.
    fileprivate var refusal: KeyRefusal {
        switch self {
        case .overlapOver, .finished, .cancelled: .replaced
        case .revoked, .leaked, .deleted: .revoked
        case .expired: .expired
        }
    }
}

/// What became of a key that was presented.
package enum KeyVerdict: Sendable {
    case valid(VerifiedKey)
    /// The key is named where it was found.
    case refused(KeyRefusal, key: KeyID?)
}
