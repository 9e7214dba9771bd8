package import Foundation
package import PluginKit

/// Which keys of a tenant to rotate; an absent part matches all.
package struct KeyFilter: Sendable, Equatable, Codable {
    /// Those whose secret is at least this old.
    package var olderThanSeconds: Int?
    /// Those that have this scope.
    package var scope: Permission?
    /// Those of this name; with `*` at its end, those whose name begins so.
    package var name: String?

    package init(olderThanSeconds: Int? = nil, scope: Permission? = nil, name: String? = nil) {
        self.olderThanSeconds = olderThanSeconds
        self.scope = scope
        self.name = name
    }

    var exactName: String? { name.flatMap { $0.utf8.last == UInt8(ascii: "*") ? nil : $0 } }
    var namePrefix: String? {
        name.flatMap { $0.utf8.last == UInt8(ascii: "*") ? String(decoding: $0.utf8.dropLast(), as: UTF8.self) : nil }
    }

    /// As the database keeps it.
    var text: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }

    init?(text: String?) {
        guard let text, let filter = try? JSONDecoder().decode(KeyFilter.self, from: Data(text.utf8)) else {
            return nil
        }
        self = filter
    }
}

extension Permission: Codable {}

/// A rotation of one key, or of all that a filter found, as it stands.
package struct KeyRotationRecord: Sendable {
    package let id: KeyRotationID
    /// `nil` for a rotation of one key.
    package let filter: KeyFilter?
    package let overlapSeconds: Int
    package let startedBy: String
    package let createdAt: Date
    package let cancelledAt: Date?
    package let progress: KeyRotationProgress

    package var state: State {
        if cancelledAt != nil || progress.isAllCancelled { return .cancelled }
        if progress.pending > 0 { return .running }
        return progress.overlapping > 0 ? .overlapping : .done
    }

    package enum State: String, Sendable {
        /// Keys wait for their turn.
        case running
        /// All have new secrets, and old ones are good still.
        case overlapping
        case done
        /// Given up, or taken back for each of its keys.
        case cancelled
    }
}

/// How far a rotation has come, in keys.
package struct KeyRotationProgress: Sendable, Equatable {
    package let pending: Int
    package let rotated: Int
    /// Keys that were being rotated already or are not his to rotate who began, or that ended before it was their turn.
    package let skipped: Int
    package let cancelled: Int
    /// Keys among the rotated whose old secret is good still.
    package let overlapping: Int
    /// Keys among these whose old secret was used after it had been replaced.
    package let oldInUse: Int
    /// When the last of the old secrets ends by itself.
    package let endsAt: Date?

    package var total: Int { pending + rotated + skipped + cancelled }

    var isAllCancelled: Bool { cancelled > 0 && cancelled == total }
}

/// A key that a rotation passed over: it has the secret that it had.
package struct SkippedKey: Sendable {
    package let key: KeyID
    /// `nil` where the key has been purged since.
    package let name: String?
    /// `nil` of rotations from before reasons were kept.
    package let reason: Reason?

    package enum Reason: String, Sendable {
        /// It allows more than whoever began the rotation may do.
        case notPermitted = "not_permitted"
        /// It had been given a new secret already, and the old one was good still.
        case beingRotated = "being_rotated"
        /// It was revoked or had expired before it was its turn.
        case ended
    }
}

/// An old secret that somebody still used after it had been replaced.
package struct OldSecretInUse: Sendable {
    package let key: KeyID
    package let name: String
    package let secret: KeySecretID
    package let lastUsedAt: Date
    package let retiresAt: Date
    package let callers: [KeyCaller]
}
