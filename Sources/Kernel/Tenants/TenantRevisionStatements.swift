import Foundation
import PluginKit

/// A revision as it is stored.
struct StoredRevision: Sendable {
    let id: RevisionID
    let number: Int
    let sealedDocument: [UInt8]
    let author: String
    let createdAt: Date
}

/// Enters the tenant of the transaction into the registry, with its first revision in force.
struct RegisterTenant: Statement {
    static let sql: SQL = """
        SELECT true
        FROM   gatehouse.register_tenant($1, $2, $3, $4, $5, $6, $7, $8)
        """

    let id: TenantID
    let slug: TenantSlug
    let name: String
    let issuer: String?
    let author: PlatformAuthor
    let at: Date

    var parameters: [SQLValue] {
        [
            .text(slug.text), .text(name), .text(issuer), .text(author.name), .text(id.description),
            .text(author.requestID),
            .id(EventID.make(at: at)), .time(at),
        ]
    }
}

/// Adds the first revision of a tenant that is being made.
struct AddFirstRevision: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.tenant_revisions (id, number, sealed_document, author, created_at)
        VALUES ($1, 1, $2, $3, $4)
        """

    let id: RevisionID
    let sealedDocument: [UInt8]
    let author: String
    let at: Date

    var parameters: [SQLValue] { [.id(id), .bytes(sealedDocument), .text(author), .time(at)] }
}

/// Adds the next revision and brings it into force; touches no row where another one was faster.
struct AddRevision: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.tenant_revisions (id, number, sealed_document, author, created_at)
        SELECT $1, $2, $3, $4, $5
        WHERE  gatehouse.enter_revision($2, $6, $5)
        """

    let revision: StoredRevision
    /// The tenant's name as the document has it.
    let name: String

    var parameters: [SQLValue] {
        [
            .id(revision.id), .int(Int64(revision.number)), .bytes(revision.sealedDocument), .text(revision.author),
            .time(revision.createdAt), .text(name),
        ]
    }
}

/// One revision, by its number.
struct FindRevision: Statement {
    static let sql: SQL = """
        SELECT id, number, sealed_document, author, created_at
        FROM   gatehouse.tenant_revisions
        WHERE  number = $1
        """

    let number: Int

    var parameters: [SQLValue] { [.int(Int64(number))] }

    static func decode(_ row: inout RowReader) throws -> StoredRevision {
        StoredRevision(
            id: try row.id(), number: try row.int(), sealedDocument: try row.bytes(), author: try row.text(),
            createdAt: try row.time())
    }
}

/// A page of revisions, the newest first.
struct ListRevisions: Statement {
    static let sql: SQL = """
        SELECT   number, author, created_at
        FROM     gatehouse.tenant_revisions
        WHERE    $1::bigint IS NULL OR number < $1
        ORDER BY number DESC
        LIMIT    $2
        """

    let before: Int?
    let limit: Int

    var parameters: [SQLValue] { [.int(before.map(Int64.init)), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> RevisionSummary {
        RevisionSummary(number: try row.int(), author: try row.text(), createdAt: try row.time())
    }
}
