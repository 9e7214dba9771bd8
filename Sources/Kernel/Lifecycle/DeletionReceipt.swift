package import Foundation
import JWTKit
package import PluginKit

/// What proves that a tenant was let go of: what was removed and when, signed by the installation.
///
/// As text it is a JSON Web Signature (RFC 7515) of the type `gatehouse-deletion-receipt+jwt`. It holds nothing personal.
package struct DeletionReceipt: Codable, Sendable, Equatable {
    package let operation: OperationID
    package let tenant: TenantID
    package let slug: String
    /// Rows removed, by table; tables that were empty are not named.
    package let rows: [String: Int]
    /// Where the audit trail had come to; `nil` for one that was empty.
    package let auditHead: AuditHead?
    /// From when on nothing opened any more that the tenant's keys had sealed. Times are RFC 3339, in UTC.
    package let keyDestroyedAt: String
    package let startedAt: String
    package let finishedAt: String

    /// The last event of an audit trail, and how many there were.
    package struct AuditHead: Codable, Sendable, Equatable {
        package let lastEvent: EventID
        package let at: String
        package let count: Int

        private enum CodingKeys: String, CodingKey {
            case lastEvent = "last_event"
            case at, count
        }
    }

    private enum CodingKeys: String, CodingKey {
        case operation
        case tenant = "tenant_id"
        case slug, rows
        case auditHead = "audit_head"
        case keyDestroyedAt = "key_destroyed_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    init(of operation: PlatformOperation, finishedAt: Date) {
        self.operation = operation.id
        tenant = operation.tenant
        slug = operation.slug
        rows = operation.counts
        auditHead = operation.lastEvent.map {
            AuditHead(lastEvent: $0.id, at: Self.text(of: $0.at), count: operation.counts["audit_events"] ?? 0)
        }
        keyDestroyedAt = Self.text(of: operation.keysDestroyedAt ?? finishedAt)
        startedAt = Self.text(of: operation.createdAt)
        self.finishedAt = Self.text(of: finishedAt)
    }

    private static func text(of time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension DeletionReceipt: JWTPayload {
    // A receipt does not expire.
    func verify(using algorithm: some JWTAlgorithm) throws {}
}
