import PluginKit

/// A tenants' table as a migration would make it.
enum TestTable {
    static let definition = """
        SET ROLE gatehouse_owner;
        CREATE TABLE gatehouse.notes (
            tenant_id uuid   NOT NULL DEFAULT gatehouse.tenant(),
            id        bigint NOT NULL,
            body      text   NOT NULL CHECK (body <> 'forbidden'),
            next_id   bigint,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT notes_next FOREIGN KEY (tenant_id, next_id) REFERENCES gatehouse.notes DEFERRABLE INITIALLY DEFERRED
        );
        CALL gatehouse.isolate('gatehouse.notes');
        GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.notes TO gatehouse_app;
        """
}

struct AddNote: Statement {
    static let sql: SQL = "INSERT INTO gatehouse.notes (id, body, next_id) VALUES ($1, $2, $3)"
    let id: Int
    var body = "text"
    var next: Int?
    var parameters: [SQLValue] { [.int(Int64(id)), .text(body), .int(next.map(Int64.init))] }
}

struct ListNotes: Statement {
    static let sql: SQL = "SELECT body FROM gatehouse.notes WHERE id BETWEEN $1 AND $2 ORDER BY id"
    let ids: ClosedRange<Int>
    var parameters: [SQLValue] { [.int(Int64(ids.lowerBound)), .int(Int64(ids.upperBound))] }
    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}

struct LockNote: Statement {
    static let sql: SQL = "SELECT body FROM gatehouse.notes WHERE id = $1 FOR UPDATE"
    let id: Int
    var parameters: [SQLValue] { [.int(Int64(id))] }
    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}

/// Keeps the server busy.
struct Dawdle: Statement {
    static let sql: SQL = "SELECT pg_sleep($1::text::float8)"
    let seconds: Double
    var parameters: [SQLValue] { [.text("\(seconds)")] }
}

extension StatementRunner {
    /// One value of one statement.
    func value(_ sql: SQL, _ parameters: [SQLValue] = []) async throws -> SQLValue? {
        try await run([BoundStatement(sql: sql, parameters: parameters)])[0].rows.first?.first
    }
}

/// Connections of an application that run ``Dawdle``.
struct FindSleepers: Statement {
    static let sql: SQL = "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'PgSleep'"
    let application: String
    var parameters: [SQLValue] { [.text(application)] }
    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}
