package import Foundation
package import PluginKit

/// Writes and reads a tenant's audit trail.
///
/// An event is a statement, so that it commits with the change it speaks of. A refusal changes nothing, so it is
/// written in a transaction of its own; where even that fails, the request fails with it.
package struct AuditTrail: Sendable {
    private let database: any TenantDatabase
    private let now: @Sendable () -> Date

    package init(database: any TenantDatabase, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// The statement that records `event`, for the transaction of the change.
    package func statement(_ event: AuditEvent) -> BoundStatement {
        BoundStatement(RecordAuditEvent(event: event, at: now()))
    }

    /// Records an event that stands alone, such as a refusal.
    package func record(_ event: AuditEvent) async throws {
        _ = try await database.run([statement(event)])
    }

    /// Events, newest first: one page of at most `limit`, older than the event `before`.
    package func events(_ filter: AuditFilter, before: EventID?, limit: Int) async throws -> [RecordedEvent] {
        try await database.rows(ListAuditEvents(filter: filter, before: before, limit: limit))
    }
}

/// Which events to list; an absent part matches all.
package struct AuditFilter: Sendable, Equatable {
    package var type: String?
    package var actor: String?
    package var after: Date?
    package var before: Date?

    package init(type: String? = nil, actor: String? = nil, after: Date? = nil, before: Date? = nil) {
        self.type = type
        self.actor = actor
        self.after = after
        self.before = before
    }
}

/// An event as it stands in the trail.
package struct RecordedEvent: Sendable {
    package let id: EventID
    package let type: String
    package let outcome: String
    package let reason: String?
    package let actor: String
    package let subject: String?
    package let sessionID: SessionID?
    package let address: String?
    package let userAgent: String?
    package let requestID: String?
    package let details: [String: String]
    package let createdAt: Date
}
