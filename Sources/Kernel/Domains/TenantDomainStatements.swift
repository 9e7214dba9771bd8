import Foundation
import PluginKit

/// Claims a domain, unless another tenant has it or this one has too many; a claim that is there stays.
struct AddDomain: Statement {
    static let sql: SQL = """
        WITH added AS (
            INSERT INTO gatehouse.tenant_domains (domain, owner, token, created_at)
            SELECT $1, $2, $3, $4
            WHERE  NOT EXISTS (
                SELECT FROM gatehouse.tenant_domains WHERE domain = $1 AND owner <> $2 AND verified_at IS NOT NULL
            )
            AND    (SELECT count(*) FROM gatehouse.tenant_domains WHERE owner = $2) < $5
            ON CONFLICT (domain, owner) DO NOTHING
            RETURNING domain
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $6, $7, 'success', $8, $9, $10, $4
        FROM   added
        """

    let domain: String
    let owner: TenantID
    let token: String
    let most: Int
    let event: RecordPlatformEvent

    var parameters: [SQLValue] {
        [.text(domain), .id(owner), .text(token), .time(event.at), .int(Int64(most))] + event.columns
    }
}

/// A domain as one tenant has it or claims it.
struct FindDomain: Statement {
    static let sql: SQL = """
        SELECT domain, token, verified_at, created_at
        FROM   gatehouse.tenant_domains
        WHERE  domain = $1
        AND    owner = $2
        """

    let domain: String
    let owner: TenantID

    var parameters: [SQLValue] { [.text(domain), .id(owner)] }

    static func decode(_ row: inout RowReader) throws -> TenantDomain { try TenantDomain(reading: &row) }
}

/// Who has a domain, if anybody.
struct FindDomainHolder: Statement {
    static let sql: SQL = """
        SELECT owner
        FROM   gatehouse.tenant_domains
        WHERE  domain = $1
        AND    verified_at IS NOT NULL
        """

    let domain: String

    var parameters: [SQLValue] { [.text(domain)] }

    static func decode(_ row: inout RowReader) throws -> TenantID { try row.id() }
}

/// All domains that a tenant has or claims. There are few.
struct ListDomains: Statement {
    static let sql: SQL = """
        SELECT   domain, token, verified_at, created_at
        FROM     gatehouse.tenant_domains
        WHERE    owner = $1
        ORDER BY domain
        """

    let owner: TenantID

    var parameters: [SQLValue] { [.id(owner)] }

    static func decode(_ row: inout RowReader) throws -> TenantDomain { try TenantDomain(reading: &row) }
}

/// Gives a domain to the tenant that has proved it, unless another has it. Of two who prove it at once, the unique index
/// lets one through.
struct VerifyDomain: Statement {
    static let sql: SQL = """
        WITH verified AS (
            UPDATE gatehouse.tenant_domains
            SET    verified_at = $4
            WHERE  domain = $1
            AND    owner = $2
            AND    token = $3
            AND    verified_at IS NULL
            AND    NOT EXISTS (
                SELECT FROM gatehouse.tenant_domains WHERE domain = $1 AND owner <> $2 AND verified_at IS NOT NULL
            )
            RETURNING domain
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $5, $6, 'success', $7, $8, $9, $4
        FROM   verified
        """

    let domain: String
    let owner: TenantID
    let token: String
    let event: RecordPlatformEvent

    var parameters: [SQLValue] {
        [.text(domain), .id(owner), .text(token), .time(event.at)] + event.columns
    }
}

/// Makes a mere claim again of a domain whose proof is gone.
struct LapseDomain: Statement {
    static let sql: SQL = """
        WITH lapsed AS (
            UPDATE gatehouse.tenant_domains
            SET    verified_at = NULL
            WHERE  domain = $1
            AND    owner = $2
            AND    token IS NOT NULL
            AND    verified_at IS NOT NULL
            RETURNING domain
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $4, $5, 'success', $6, $7, $8, $3
        FROM   lapsed
        """

    let domain: String
    let owner: TenantID
    let event: RecordPlatformEvent

    var parameters: [SQLValue] { [.text(domain), .id(owner), .time(event.at)] + event.columns }
}

/// Gives up a domain that no file declares.
struct RemoveDomain: Statement {
    static let sql: SQL = """
        WITH removed AS (
            DELETE FROM gatehouse.tenant_domains
            WHERE  domain = $1
            AND    owner = $2
            AND    token IS NOT NULL
            RETURNING domain
        )
        INSERT INTO gatehouse.platform_events (id, type, outcome, actor, subject, request_id, created_at)
        SELECT $4, $5, 'success', $6, $7, $8, $3
        FROM   removed
        """

    let domain: String
    let owner: TenantID
    let event: RecordPlatformEvent

    var parameters: [SQLValue] { [.text(domain), .id(owner), .time(event.at)] + event.columns }
}

/// Those among the domains of files that another tenant has proved to be its own.
struct FindHeldDomains: Statement {
    static let sql: SQL = """
        SELECT d.domain
        FROM   unnest($1::text[], $2::uuid[]) AS w (domain, owner)
        JOIN   gatehouse.tenant_domains AS d ON d.domain = w.domain
        WHERE  d.owner <> w.owner
        AND    d.verified_at IS NOT NULL
        AND    d.token IS NOT NULL
        """

    let domains: [String]
    let owners: [TenantID]

    var parameters: [SQLValue] { [.texts(domains), .uuids(owners.map(\.rawValue))] }

    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}

/// Removes what no file declares any more.
struct DropDeclaredDomains: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.tenant_domains AS d
        WHERE  d.token IS NULL
        AND    NOT EXISTS (
            SELECT FROM unnest($1::text[], $2::uuid[]) AS w (domain, owner)
            WHERE  w.domain = d.domain
            AND    w.owner = d.owner
        )
        """

    let domains: [String]
    let owners: [TenantID]

    var parameters: [SQLValue] { [.texts(domains), .uuids(owners.map(\.rawValue))] }
}

/// Enters what files declare. What is there already is not written again.
struct DeclareDomains: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.tenant_domains AS d (domain, owner, token, verified_at, created_at)
        SELECT domain, owner, NULL, $3, $3
        FROM   unnest($1::text[], $2::uuid[]) AS w (domain, owner)
        ON CONFLICT (domain, owner) DO UPDATE
        SET    token = NULL, verified_at = coalesce(d.verified_at, excluded.verified_at)
        WHERE  d.token IS NOT NULL
        """

    let domains: [String]
    let owners: [TenantID]
    let at: Date

    var parameters: [SQLValue] { [.texts(domains), .uuids(owners.map(\.rawValue)), .time(at)] }
}

extension TenantDomain {
    fileprivate init(reading row: inout RowReader) throws {
        guard let domain = DomainName(try row.text()) else { throw RowShapeError(column: 0) }
        self.domain = domain
        token = try row.textIfAny()
        verifiedAt = try row.timeIfAny()
        createdAt = try row.time()
    }
}

extension RecordPlatformEvent {
    /// Its parameters but for the time, as statements take them that record it by themselves.
    fileprivate var columns: [SQLValue] {
        [.id(EventID.make(at: at)), .text(type), .text(actor), .text(subject), .text(requestID)]
    }
}
