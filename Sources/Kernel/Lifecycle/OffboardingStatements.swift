import Foundation
import PluginKit

/// Lets go of a tenant: nobody is served any more, and the operation waits for whoever has time. A tenant that was let go
/// of already stays as it is.
struct BeginDeletion: Statement {
    static let sql: SQL = """
        WITH departing AS (
            UPDATE gatehouse.tenants
            SET    state = 'deleting', trouble = NULL, updated_at = $3
            WHERE  id = $1
            AND    state IN ('active', 'suspended')
            RETURNING id, slug
        ), begun AS (
            INSERT INTO gatehouse.operations
                (id, kind, subject, slug, settled_at, started_by, request_id, created_at, updated_at)
            SELECT $2, 'delete_tenant', id, slug, now() + $4 * interval '1 millisecond', $7, $9, $3, $3
            FROM   departing
            RETURNING id
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $5, $6, 'success', $7, $8, $9, $3
        FROM   begun
        """

    let tenant: TenantID
    let operation: OperationID
    let settlingMilliseconds: Int64
    let event: RecordPlatformEvent

    var parameters: [SQLValue] {
        [
            .id(tenant), .id(operation), .time(event.at), .int(settlingMilliseconds),
            .id(EventID.make(at: event.at)), .text(event.type), .text(event.actor), .text(event.subject),
            .text(event.requestID),
        ]
    }
}

/// An operation by its id.
struct FindOperation: Statement {
    static let sql: SQL = """
        SELECT id, kind, subject, slug, state, counts::text, estimate, last_event, last_event_at, keys_destroyed_at,
               error, receipt, leased_until, settled_at <= now(), started_by, created_at, finished_at
        FROM   gatehouse.operations
        WHERE  id = $1
        """

    let id: OperationID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> PlatformOperation { try PlatformOperation(reading: &row) }
}

/// The operation that lets go of a tenant, or did.
struct FindDeletion: Statement {
    static let sql: SQL = """
        SELECT   id, kind, subject, slug, state, counts::text, estimate, last_event, last_event_at, keys_destroyed_at,
                 error, receipt, leased_until, settled_at <= now(), started_by, created_at, finished_at
        FROM     gatehouse.operations
        WHERE    subject = $1
        AND      kind = 'delete_tenant'
        ORDER BY created_at DESC
        LIMIT    1
        """

    let tenant: TenantID

    var parameters: [SQLValue] { [.id(tenant)] }

    static func decode(_ row: inout RowReader) throws -> PlatformOperation { try PlatformOperation(reading: &row) }
}

/// Takes the operation on that waits longest for somebody; or one operation, where nobody is at it. Those that others are
/// just taking are passed over.
struct ClaimOperation: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.operations
        SET    leased_until = now() + $1 * interval '1 millisecond'
        WHERE  id = (
                   SELECT   id
                   FROM     gatehouse.operations
                   WHERE    state = 'running'
                   AND      leased_until <= now()
                   AND      ($2::uuid IS NULL OR id = $2)
                   ORDER BY leased_until
                   LIMIT    1
                   FOR UPDATE SKIP LOCKED
               )
        RETURNING id, kind, subject, slug, state, counts::text, estimate, last_event, last_event_at, keys_destroyed_at,
                  error, receipt, leased_until, settled_at <= now(), started_by, created_at, finished_at
        """

    let leaseMilliseconds: Int64
    let only: OperationID?

    var parameters: [SQLValue] { [.int(leaseMilliseconds), .id(only)] }

    static func decode(_ row: inout RowReader) throws -> PlatformOperation { try PlatformOperation(reading: &row) }
}

/// Goes on holding an operation, whose last step went well; no row where somebody else has taken it meanwhile.
struct RenewOperation: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.operations
        SET    leased_until = now() + $3 * interval '1 millisecond', error = NULL, updated_at = $4
        WHERE  id = $1
        AND    state = 'running'
        AND    leased_until = $2
        RETURNING id, kind, subject, slug, state, counts::text, estimate, last_event, last_event_at, keys_destroyed_at,
                  error, receipt, leased_until, settled_at <= now(), started_by, created_at, finished_at
        """

    let operation: PlatformOperation
    let leaseMilliseconds: Int64
    let at: Date

    var parameters: [SQLValue] {
        [.id(operation.id), .time(operation.leasedUntil), .int(leaseMilliseconds), .time(at)]
    }

    static func decode(_ row: inout RowReader) throws -> PlatformOperation { try PlatformOperation(reading: &row) }
}

/// Lets go of an operation that is not finished, until it can go on: when it is settled, or after a while where something
/// went wrong.
struct ReleaseOperation: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.operations
        SET    leased_until = greatest(now() + $3 * interval '1 millisecond', CASE WHEN $4 THEN settled_at ELSE now() END),
               error = $5, updated_at = $6
        WHERE  id = $1
        AND    state = 'running'
        AND    leased_until = $2
        """

    let operation: PlatformOperation
    let pauseMilliseconds: Int64
    let untilSettled: Bool
    let error: String?
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(operation.id), .time(operation.leasedUntil), .int(pauseMilliseconds), .bool(untilSettled), .text(error),
            .time(at),
        ]
    }
}

/// Finishes the deletion of a tenant with its receipt, where nothing was removed beside what the receipt says. Of the
/// tenant only the slug is left.
struct FinishDeletion: Statement {
    static let sql: SQL = """
        WITH finished AS (
            UPDATE gatehouse.operations
            SET    state = 'succeeded', receipt = $4, error = NULL, updated_at = $5, finished_at = $5
            WHERE  id = $1
            AND    state = 'running'
            AND    leased_until = $2
            AND    counts = $3::jsonb
            RETURNING subject
        ), gone AS (
            UPDATE gatehouse.tenants t
            SET    state = 'deleted', name = '', issuer = NULL, owned_at = NULL, deleted_at = $5, updated_at = $5
            FROM   finished
            WHERE  t.id = finished.subject
            AND    t.state = 'deleting'
            RETURNING t.id
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $6, $7, 'success', $8, $9, $10, $5
        FROM   gone
        """

    let operation: PlatformOperation
    let receipt: String
    let event: RecordPlatformEvent

    var parameters: [SQLValue] {
        [
            .id(operation.id), .time(operation.leasedUntil), .text(OperationCounts.write(operation.counts)),
            .text(receipt), .time(event.at), .id(EventID.make(at: event.at)), .text(event.type), .text(event.actor),
            .text(event.subject), .text(event.requestID),
        ]
    }
}

/// The tenants that are being let go of.
struct ListDepartingTenants: Statement {
    static let sql: SQL = """
        SELECT   subject
        FROM     gatehouse.operations
        WHERE    state = 'running'
        AND      kind = 'delete_tenant'
        ORDER BY leased_until DESC
        LIMIT    $1
        """

    let limit: Int

    var parameters: [SQLValue] { [.int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> TenantID { try row.id() }
}

/// Overwrites the data keys of a tenant that is let go of, so that nothing which they sealed opens again.
struct DestroyTenantKeys: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   gatehouse.destroy_tenant_keys($1)
        """

    let at: Date

    var parameters: [SQLValue] { [.time(at)] }
}

/// Counts the rows of a tenant that is let go of, no more than so many of one table.
struct EstimateTenant: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   gatehouse.estimate_tenant($1)
        """

    let most: Int

    var parameters: [SQLValue] { [.int(Int64(most))] }
}

/// Removes some rows of a tenant that is let go of, from the first table that has any; no row where none is left.
struct PurgeTenant: Statement {
    static let sql: SQL = """
        SELECT emptied, removed
        FROM   gatehouse.purge_tenant($1)
        """

    let batch: Int

    var parameters: [SQLValue] { [.int(Int64(batch))] }

    static func decode(_ row: inout RowReader) throws -> RemovedRows {
        RemovedRows(table: try row.text(), count: try row.int())
    }
}

/// Rows of one table that were removed at once.
struct RemovedRows: Sendable, Equatable {
    let table: String
    let count: Int
}

/// Counts by table as the text that they are read and written as.
enum OperationCounts {
    static func write(_ counts: [String: Int]) -> String {
        let members = counts.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        return "{" + members.joined(separator: ",") + "}"
    }

    static func read(_ text: String) throws -> [String: Int] {
        try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
    }
}

extension PlatformOperation {
    fileprivate init(reading row: inout RowReader) throws {
        id = try row.id()
        guard let kind = Kind(rawValue: try row.text()) else { throw RowShapeError(column: 1) }
        self.kind = kind
        tenant = try row.id()
        slug = try row.text()
        guard let state = State(rawValue: try row.text()) else { throw RowShapeError(column: 4) }
        self.state = state
        counts = try OperationCounts.read(try row.text())
        estimate = try row.intIfAny()
        let event: EventID? = try row.idIfAny()
        let eventAt = try row.timeIfAny()
        lastEvent = event.flatMap { id in eventAt.map { LastEvent(id: id, at: $0) } }
        keysDestroyedAt = try row.timeIfAny()
        error = try row.textIfAny()
        receipt = try row.textIfAny()
        leasedUntil = try row.time()
        isSettled = try row.bool()
        startedBy = try row.text()
        createdAt = try row.time()
        finishedAt = try row.timeIfAny()
    }
}
