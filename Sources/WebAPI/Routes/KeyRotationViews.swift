import Foundation
import Kernel
import PluginKit

/// A rotation and how far it has come.
struct KeyRotationView: Encodable {
    let id: KeyRotationID
    let state: String
    let filter: KeyFilterView?
    let overlapSeconds: Int
    let startedBy: String
    let progress: Progress
    let skippedKeys: [SkippedKeyView]?
    let oldSecretsInUse: [OldSecretView]?
    let createdAt: Date
    let cancelledAt: Date?

    /// In keys.
    struct Progress: Encodable {
        let total: Int
        let pending: Int
        let rotated: Int
        let skipped: Int
        let cancelled: Int
        let overlapping: Int
        let oldInUse: Int
        let endsAt: Date?
    }

    init(_ rotation: KeyRotationRecord, skipped: [SkippedKey]? = nil, inUse: [OldSecretInUse]? = nil) {
        let progress = rotation.progress
        id = rotation.id
        state = rotation.state.rawValue
        filter = rotation.filter.map(KeyFilterView.init)
        overlapSeconds = rotation.overlapSeconds
        startedBy = rotation.startedBy
        self.progress = Progress(
            total: progress.total, pending: progress.pending, rotated: progress.rotated, skipped: progress.skipped,
            cancelled: progress.cancelled, overlapping: progress.overlapping, oldInUse: progress.oldInUse,
            endsAt: progress.endsAt)
        skippedKeys = skipped.map { $0.map(SkippedKeyView.init) }
        oldSecretsInUse = inUse.map { $0.map(OldSecretView.init) }
        createdAt = rotation.createdAt
        cancelledAt = rotation.cancelledAt
    }
}

/// What narrowed a rotation down.
struct KeyFilterView: Encodable {
    let olderThanSeconds: Int?
    let scope: String?
    let name: String?

    init(_ filter: KeyFilter) {
        olderThanSeconds = filter.olderThanSeconds
        scope = filter.scope?.rawValue
        name = filter.name
    }
}

/// A key that was passed over.
struct SkippedKeyView: Encodable {
    let keyId: KeyID
    let name: String?
    let reason: String?

    init(_ skipped: SkippedKey) {
        keyId = skipped.key
        name = skipped.name
        reason = skipped.reason?.rawValue
    }
}

/// An old secret that is used still, and by whom.
struct OldSecretView: Encodable {
    let keyId: KeyID
    let name: String
    let secretId: KeySecretID
    let lastUsedAt: Date
    let expiresAt: Date
    let callers: [KeyCallerView]

    init(_ old: OldSecretInUse) {
        keyId = old.key
        name = old.name
        secretId = old.secret
        lastUsedAt = old.lastUsedAt
        expiresAt = old.retiresAt
        callers = old.callers.map(KeyCallerView.init)
    }
}

/// The keys that one call rotated, and how far the rotation has come; left out where that could not be read.
struct AdvancedRotationView: Encodable {
    let data: [RotatedKeyView]
    let rotation: KeyRotationView

    init(_ advanced: AdvancedKeyRotation) {
        data = advanced.rotated.map(RotatedKeyView.init)
        rotation = KeyRotationView(advanced.rotation)
    }
}
