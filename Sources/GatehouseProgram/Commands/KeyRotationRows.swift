import Foundation
import Kernel
import PluginKit
import WebAPI

/// A rotation as the commands print it.
struct KeyRotationRow: Encodable, Sendable {
    struct InUse: Encodable, Sendable {
        let keyID: KeyID
        let name: String
        let lastUsedAt: Date
        /// Who has used it since it was replaced.
        let callers: [KeyCallerView]

        private enum CodingKeys: String, CodingKey {
            case name, lastUsedAt, callers
            case keyID = "keyId"
        }
    }

    struct Skipped: Encodable, Sendable {
        let keyID: KeyID
        let name: String?
        let reason: String?

        private enum CodingKeys: String, CodingKey {
            case name, reason
            case keyID = "keyId"
        }

        var words: String {
            let why = reason.map { $0.replacing("_", with: " ") } ?? "not said"
            return "  \(keyID)\t\(name ?? "purged since")\tskipped: \(why)"
        }
    }

    let id: KeyRotationID
    let state: String
    let createdAt: Date
    let total: Int
    let pending: Int
    let rotated: Int
    let skipped: Int
    let cancelled: Int
    let overlapping: Int
    let oldInUse: Int
    let endsAt: Date?
    /// The first of them.
    let skippedKeys: [Skipped]
    let oldSecretsInUse: [InUse]

    init(_ rotation: KeyRotationRecord, skipped passedOver: [SkippedKey], inUse: [OldSecretInUse]) {
        let progress = rotation.progress
        id = rotation.id
        state = rotation.state.rawValue
        createdAt = rotation.createdAt
        (total, pending, rotated) = (progress.total, progress.pending, progress.rotated)
        (skipped, cancelled) = (progress.skipped, progress.cancelled)
        (overlapping, oldInUse, endsAt) = (progress.overlapping, progress.oldInUse, progress.endsAt)
        skippedKeys = passedOver.map { Skipped(keyID: $0.key, name: $0.name, reason: $0.reason?.rawValue) }
        oldSecretsInUse = inUse.map {
            InUse(
                keyID: $0.key, name: $0.name, lastUsedAt: $0.lastUsedAt, callers: $0.callers.map(KeyCallerView.init))
        }
    }

    var words: String {
        let parts = [
            "\(rotated) of \(total) keys rotated", pending > 0 ? "\(pending) waiting" : nil,
            skipped > 0 ? "\(skipped) skipped" : nil, cancelled > 0 ? "\(cancelled) taken back" : nil,
            overlapping > 0 ? "\(oldInUse) of \(overlapping) old secrets in use" : nil,
            endsAt.map { "old secrets end by \($0.formatted(.iso8601))" },
        ]
        let first = "\(id)\t\(state)\t\(parts.compactMap(\.self).joined(separator: ", "))"
        let uses = oldSecretsInUse.flatMap { use in
            ["  \(use.keyID)\t\(use.name)\told secret last used \(use.lastUsedAt.formatted(.iso8601)) by"]
                + use.callers.map(\.words)
        }
        let unnamed = skipped - skippedKeys.count
        let passedOver = skippedKeys.map(\.words) + (unnamed > 0 ? ["  and \(unnamed) more were skipped"] : [])
        return ([first] + passedOver + uses).joined(separator: "\n")
    }
}
