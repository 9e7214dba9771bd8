import Foundation
import PluginKit

/// An event as the database keeps it.
struct StoredEvent: Sendable {
    let id: EventID
    let type: String
    let outcome: String
    let reason: String?
    let actor: String
    let subject: String?
    let sessionID: SessionID?
    let sealedOrigin: [UInt8]?
    let requestID: String?
    let details: [String: String]
    let createdAt: Date
}

/// Adds one event.
struct RecordAuditEvent: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.audit_events
            (id, type, outcome, reason, actor, subject, session_id, sealed_origin, request_id, details, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """

    let id: EventID
    let event: AuditEvent
    let sealedOrigin: [UInt8]?
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(id), .text(event.type.rawValue), .text(event.outcome.rawValue), .text(event.reason),
            .text(event.actor.auditText), .text(event.subject), .id(event.actor.sessionID), .bytes(sealedOrigin),
            .text(event.origin.requestID),
            .text(AuditDetails.write(event.details)), .time(at),
        ]
    }
}

/// Lists events, newest first. Identifiers sort by time, so the page's edge is an identifier.
struct ListAuditEvents: Statement {
    static let sql: SQL = """
        SELECT   id, type, outcome, reason, actor, subject, session_id, sealed_origin, request_id, details, created_at
        FROM     gatehouse.audit_events
        WHERE    ($1::text IS NULL OR type = $1)
        AND      ($2::text IS NULL OR actor = $2)
        AND      ($3::timestamptz IS NULL OR created_at > $3)
        AND      ($4::timestamptz IS NULL OR created_at < $4)
        AND      ($5::uuid IS NULL OR id < $5)
        ORDER BY id DESC
        LIMIT    $6
        """

    let filter: AuditFilter
    let before: EventID?
    let limit: Int

    var parameters: [SQLValue] {
        [
            .text(filter.type), .text(filter.actor), .time(filter.after), .time(filter.before), .id(before),
            .int(Int64(limit)),
        ]
    }

    static func decode(_ row: inout RowReader) throws -> StoredEvent {
        StoredEvent(
            id: try row.id(), type: try row.text(), outcome: try row.text(), reason: try row.textIfAny(),
            actor: try row.text(), subject: try row.textIfAny(), sessionID: try row.idIfAny(),
            sealedOrigin: try row.bytesIfAny(), requestID: try row.textIfAny(),
            details: AuditDetails.read(try row.textIfAny()), createdAt: try row.time())
    }
}

/// The details of an event as the text they are stored as: a JSON object of strings, keys in order.
enum AuditDetails {
    static func write(_ details: [String: String]) -> String? {
        guard !details.isEmpty else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(details)).map { String(decoding: $0, as: UTF8.self) }
    }

    static func read(_ text: String?) -> [String: String] {
        guard let text else { return [:] }
        return (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
    }
}
