package import Foundation
package import PluginKit

/// A key of a tenant: a name for what somebody's machine may do. Its secrets come and go; the key stays.
///
/// This folder owns keys, their secrets and their rotation, and the way from a presented key to what it allows.
package struct APIKey: Sendable {
    package let id: KeyID
    package let name: String
    /// What it allows at most; never more than its owner may do.
    package let scopes: [Permission]
    /// Whose it is; `nil` for one of the tenant itself.
    package let owner: UserID?
    package let lifetimeSeconds: Int
    /// Where it may be used from; empty is anywhere.
    package let allowedNetworks: [String]
    /// Uses per minute.
    package let rateLimit: Int?
    package let metadata: [String: String]
    package let createdAt: Date
    package let updatedAt: Date
    package let revokedAt: Date?
    /// Why it ended, as a ``KeyEnd``.
    package let revokedBecause: String?
    /// The same in the words of whoever revoked it.
    package let revokeReason: String?
    /// The newest first. Those that ended long ago are left out.
    package let secrets: [KeySecret]

    /// The secret that is its own.
    package var current: KeySecret? { secrets.first { $0.isCurrent } }

    /// The secret that was replaced and is good still.
    package func replaced(at now: Date) -> KeySecret? { secrets.first { $0.state(at: now) == .retiring } }

    package func state(at now: Date) -> State {
        // Whoever revokes a key may write what he likes for a reason, so its secrets tell.
        let hasExpired = secrets.contains { $0.endedBecause == KeyEnd.expired.rawValue }
        if revokedAt != nil { return hasExpired ? .expired : .revoked }
        guard let current, current.expiresAt > now else { return .expired }
        return replaced(at: now) == nil ? .active : .rotating
    }

    package enum State: String, Sendable, CaseIterable {
        case active, rotating, expired, revoked
    }
}

/// One secret of a key, as it is shown: never itself.
package struct KeySecret: Sendable {
    package let id: KeySecretID
    package let createdAt: Date
    package let expiresAt: Date
    package let rotateBy: Date
    package let replacedAt: Date?
    package let retiresAt: Date?
    package let endedAt: Date?
    package let endedBecause: String?
    package let lastUsedAt: Date?
    package let useCount: Int
    /// How many callers used it; at most ``KeyUses/mostCallers`` are counted.
    package let callerCount: Int

    var isCurrent: Bool { endedAt == nil && replacedAt == nil }

    /// When it ends by itself.
    package var endsAt: Date { retiresAt.map { min($0, expiresAt) } ?? expiresAt }

    package func state(at now: Date) -> State {
        if endedAt != nil || endsAt <= now { return .ended }
        return replacedAt == nil ? .active : .retiring
    }

    package enum State: String, Sendable {
        case active
        /// Replaced, and good until its overlap is over.
        case retiring
        case ended
    }
}

/// Why a secret or a key came to its end, as the database keeps it.
package enum KeyEnd: String, Sendable {
    case overlapOver = "overlap_over"
    case finished
    case cancelled
    case revoked
    case expired
    case leaked
    case deleted
}

/// A key that is to be made.
package struct NewAPIKey: Sendable {
    package let name: String
    package let scopes: [Permission]
    package let lifetimeSeconds: Int?
    package let allowedNetworks: [AddressBlock]
    package let rateLimit: Int?
    package let metadata: [String: String]

    package init(
        name: String, scopes: [Permission], lifetimeSeconds: Int? = nil, allowedNetworks: [AddressBlock] = [],
        rateLimit: Int? = nil, metadata: [String: String] = [:]
    ) {
        self.name = name
        self.scopes = scopes
        self.lifetimeSeconds = lifetimeSeconds
        self.allowedNetworks = allowedNetworks
        self.rateLimit = rateLimit
        self.metadata = metadata
    }
}

/// What is to change about a key; an absent part stays as it is.
package struct APIKeyChanges: Sendable {
    package var name: String?
    package var scopes: [Permission]?
    package var allowedNetworks: [AddressBlock]?
    /// `nil` inside lifts the limit.
    package var rateLimit: Int??
    package var metadata: [String: String]?

    package init(
        name: String? = nil, scopes: [Permission]? = nil, allowedNetworks: [AddressBlock]? = nil,
        rateLimit: Int?? = nil, metadata: [String: String]? = nil
    ) {
        self.name = name
        self.scopes = scopes
        self.allowedNetworks = allowedNetworks
        self.rateLimit = rateLimit
        self.metadata = metadata
    }
}

/// A key with the text of a new secret, which exists only here.
package struct IssuedAPIKey: Sendable {
    package let key: APIKey
    package let text: SecretText
    package let secret: KeySecretID
}

/// A key that was wanted under a name.
package enum EnsuredAPIKey: Sendable {
    case new(IssuedAPIKey)
    /// It was there; its text is not known any more.
    case present(APIKey)
}

/// A key that was rotated, with the text of its new secret, which exists only here.
package struct RotatedAPIKey: Sendable {
    package let key: KeyID
    package let name: String
    package let text: SecretText
    package let secret: KeySecretID
    package let expiresAt: Date
    package let previous: KeySecretID
    package let previousEndsAt: Date
    package let rotation: KeyRotationID
}

/// A key that should have been rotated by now.
package struct OverdueKey: Sendable {
    package let id: KeyID
    package let name: String
    package let rotateBy: Date
    package let expiresAt: Date
    /// How many keys of the tenant are overdue.
    package let countInAll: Int
    /// When the youngest secret of all these was made.
    package let youngestCreatedAt: Date
}
