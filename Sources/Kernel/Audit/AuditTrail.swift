package import Foundation
package import PluginKit

/// Writes and reads a tenant's audit trail.
///
/// An event is a statement, so that it commits with the change it speaks of. A refusal changes nothing, so it is
/// written in a transaction of its own; where even that fails, the request fails with it.
package struct AuditTrail: Sendable {
    private let database: any TenantDatabase
    private let cells: TenantCells
    private let now: @Sendable () -> Date

    package init(database: any TenantDatabase, cells: TenantCells, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.cells = cells
        self.now = now
    }

    /// The statement that records `event`, for the transaction of the change.
    package func statement(_ event: AuditEvent) throws -> BoundStatement {
        let id = EventID.make(at: now())
        let origin = try cells.sealOrigin(event.origin, at: Cell(.eventOrigin, row: id))
        return BoundStatement(RecordAuditEvent(id: id, event: event, sealedOrigin: origin, at: now()))
    }

    /// Records an event that stands alone, such as a refusal.
    package func record(_ event: AuditEvent) async throws {
        _ = try await database.run([try statement(event)])
    }

    /// Events, newest first: one page of at most `limit`, older than the event `before`.
    package func events(_ filter: AuditFilter, before: EventID?, limit: Int) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        for stored in try await database.rows(ListAuditEvents(filter: filter, before: before, limit: limit)) {
            events.append(try await event(stored))
        }
        return events
    }

    private func event(_ stored: StoredEvent) async throws -> RecordedEvent {
        guard let sealed = stored.sealedOrigin else { return RecordedEvent(stored, origin: nil) }
        let origin = try await cells.openOrigin(sealed, at: Cell(.eventOrigin, row: stored.id))
        return RecordedEvent(stored, origin: origin)
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

    init(_ stored: StoredEvent, origin: SealedOrigin?) {
        id = stored.id
        type = stored.type
        outcome = stored.outcome
        reason = stored.reason
        actor = stored.actor
        subject = stored.subject
        sessionID = stored.sessionID
        address = origin?.address
        userAgent = origin?.userAgent
        requestID = stored.requestID
        details = stored.details
        createdAt = stored.createdAt
    }
}
