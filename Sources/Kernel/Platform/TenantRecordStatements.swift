import Foundation
import PluginKit

/// Enters tenants that are described by files. A known row is written only where its name changed, or where its issuer
/// was not fixed yet; one that does not belong to files stays as it is.
struct RegisterFileTenants: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.tenants AS t (id, slug, name, managed_by, issuer, created_at, updated_at)
        SELECT id, slug, name, 'file', nullif(issuer, ''), $5, $5
        FROM   unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS w (id, slug, name, issuer)
        ON CONFLICT (slug) DO UPDATE
        SET    name = excluded.name, issuer = coalesce(t.issuer, excluded.issuer), updated_at = excluded.updated_at
        WHERE  t.managed_by = 'file'
        AND    t.state IN ('active', 'suspended')
        AND    (t.name <> excluded.name OR (t.issuer IS NULL AND excluded.issuer IS NOT NULL))
        """

    let ids: [TenantID]
    let slugs: [String]
    let names: [String]
    /// Empty where the issuer is to follow the server's address.
    let issuers: [String]
    let at: Date

    var parameters: [SQLValue] {
        [.uuids(ids.map(\.rawValue)), .texts(slugs), .texts(names), .texts(issuers), .time(at)]
    }
}

/// Frees slugs that deleted tenants have kept for as long as they may.
struct FreeSlugs: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.tenants
        SET    slug = NULL
        WHERE  slug = ANY ($1)
        AND    state = 'deleted'
        AND    deleted_at < now() - interval '90 days'
        """

    let slugs: [String]

    var parameters: [SQLValue] { [.texts(slugs)] }
}

/// The tenants that have these slugs, and what is left of deleted ones that keep them.
struct FindTenants: Statement {
    static let sql: SQL = """
        SELECT id, slug, name, state, managed_by, issuer, revision, trouble, created_at, owned_at
        FROM   gatehouse.tenants
        WHERE  slug = ANY ($1)
        """

    let slugs: [String]

    var parameters: [SQLValue] { [.texts(slugs)] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A tenant by its slug.
struct FindTenant: Statement {
    static let sql: SQL = """
        SELECT id, slug, name, state, managed_by, issuer, revision, trouble, created_at, owned_at
        FROM   gatehouse.tenants
        WHERE  slug = $1
        AND    state <> 'deleted'
        """

    let slug: String

    var parameters: [SQLValue] { [.text(slug)] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A tenant by its id.
struct FindTenantByID: Statement {
    static let sql: SQL = """
        SELECT id, slug, name, state, managed_by, issuer, revision, trouble, created_at, owned_at
        FROM   gatehouse.tenants
        WHERE  id = $1
        AND    state <> 'deleted'
        """

    let id: TenantID

    var parameters: [SQLValue] { [.id(id)] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A tenant by what its API keys name it by.
struct FindTenantByTag: Statement {
    static let sql: SQL = """
        SELECT id, slug, name, state, managed_by, issuer, revision, trouble, created_at, owned_at
        FROM   gatehouse.tenants
        WHERE  substring(uuid_send(id) FROM 11) = $1
        AND    state <> 'deleted'
        """

    let tag: TenantTag

    var parameters: [SQLValue] { [.bytes(withUnsafeBytes(of: tag.number.bigEndian) { Array($0.suffix(6)) })] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A tenant by a domain that is proved to be its own.
struct FindTenantByDomain: Statement {
    static let sql: SQL = """
        SELECT t.id, t.slug, t.name, t.state, t.managed_by, t.issuer, t.revision, t.trouble, t.created_at, t.owned_at
        FROM   gatehouse.tenant_domains AS d
        JOIN   gatehouse.tenants AS t ON t.id = d.owner
        WHERE  d.domain = $1
        AND    d.verified_at IS NOT NULL
        AND    t.state <> 'deleted'
        """

    let domain: String

    var parameters: [SQLValue] { [.text(domain)] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// A page of tenants, in the order in which they were made.
struct ListTenants: Statement {
    static let sql: SQL = """
        SELECT   id, slug, name, state, managed_by, issuer, revision, trouble, created_at, owned_at
        FROM     gatehouse.tenants
        WHERE    ($1::uuid IS NULL OR id > $1)
        AND      state <> 'deleted'
        ORDER BY id
        LIMIT    $2
        """

    let after: TenantID?
    let limit: Int

    var parameters: [SQLValue] { [.id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// Tenants that could not be opened when that was last tried.
struct ListTroubledTenants: Statement {
    static let sql: SQL = """
        SELECT   id, slug, name, state, managed_by, issuer, revision, trouble, created_at, owned_at
        FROM     gatehouse.tenants
        WHERE    trouble IS NOT NULL
        AND      state <> 'deleted'
        ORDER BY id
        LIMIT    $1
        """

    let limit: Int

    var parameters: [SQLValue] { [.int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> TenantRecord { try TenantRecord(reading: &row) }
}

/// Notes why a tenant could not be opened, or that it could.
struct NoteTenantTrouble: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.tenants
        SET    trouble = $2
        WHERE  id = $1
        AND    trouble IS DISTINCT FROM $2
        """

    let id: TenantID
    let trouble: String?

    var parameters: [SQLValue] { [.id(id), .text(trouble)] }
}

/// Suspends a tenant, or lets it go on, and records it; a tenant that is in that state already stays as it is, and so
/// does one that is on its way out.
struct SetTenantState: Statement {
    static let sql: SQL = """
        WITH changed AS (
            UPDATE gatehouse.tenants
            SET    state = $2, updated_at = $3
            WHERE  id = $1
            AND    state IN ('active', 'suspended')
            AND    state <> $2
            RETURNING id
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $4, $5, 'success', $6, $7, $8, $3
        FROM   changed
        """

    let id: TenantID
    let state: TenantRecord.State
    let event: RecordPlatformEvent

    var parameters: [SQLValue] {
        [
            .id(id), .text(state.rawValue), .time(event.at), .id(EventID.make(at: event.at)), .text(event.type),
            .text(event.actor), .text(event.subject), .text(event.requestID),
        ]
    }
}

/// Gives a tenant another issuer, or one that follows the server's address, and records it.
struct SetTenantIssuer: Statement {
    static let sql: SQL = """
        WITH changed AS (
            UPDATE gatehouse.tenants
            SET    issuer = $2, updated_at = $3
            WHERE  id = $1
            AND    state IN ('active', 'suspended')
            AND    issuer IS DISTINCT FROM $2
            RETURNING id
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $4, $5, 'success', $6, $7, $8, $3
        FROM   changed
        """

    let id: TenantID
    let issuer: String?
    let event: RecordPlatformEvent

    var parameters: [SQLValue] {
        [
            .id(id), .text(issuer), .time(event.at), .id(EventID.make(at: event.at)), .text(event.type),
            .text(event.actor), .text(event.subject), .text(event.requestID),
        ]
    }
}

/// Tenants whose values still stand in the clear, since they were made before values were sealed.
struct ListUnsealedTenants: Statement {
    static let sql: SQL = """
        SELECT   id
        FROM     gatehouse.tenants
        WHERE    sealed_at IS NULL
        AND      state IN ('active', 'suspended')
        ORDER BY id
        LIMIT    $1
        """

    let limit: Int

    var parameters: [SQLValue] { [.int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> TenantID { try row.id() }
}

/// Notes that nothing of a tenant stands in the clear any more.
struct MarkTenantSealed: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.tenants
        SET    sealed_at = $2
        WHERE  id = $1
        """

    let id: TenantID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }
}

extension TenantRecord {
    fileprivate init(reading row: inout RowReader) throws {
        id = try row.id()
        slug = try row.text()
        name = try row.text()
        guard let state = State(rawValue: try row.text()) else { throw RowShapeError(column: 3) }
        guard let manager = Manager(rawValue: try row.text()) else { throw RowShapeError(column: 4) }
        self.state = state
        managedBy = manager
        issuer = try row.textIfAny()
        revision = try row.int()
        trouble = try row.textIfAny()
        createdAt = try row.time()
        ownedAt = try row.timeIfAny()
    }
}
