internal import PluginKit

/// The statements by which the store itself speaks with the server.
enum StoreStatements {
    static let all: [any Statement.Type] = [
        ConfigureSession.self, SetTenantContext.self, BeginTransaction.self, CommitTransaction.self,
        RollBackTransaction.self, Ping.self, FindProvenTenant.self,
    ]
}

/// Sets once per connection what must hold for every statement on it.
struct ConfigureSession: Statement {
    static let sql: SQL = """
        SELECT set_config('search_path', 'pg_catalog, gatehouse, pg_temp', false),
               set_config('statement_timeout', $1, false),
               set_config('lock_timeout', $2, false),
               set_config('idle_in_transaction_session_timeout', $3, false)
        """
    let deadline: Duration
    var parameters: [SQLValue] {
        // A lock is waited for only half as long, so that those behind on the same connection have time left.
        [.text(milliseconds(deadline)), .text(milliseconds(deadline / 2)), .text(milliseconds(deadline))]
    }

    private func milliseconds(_ duration: Duration) -> String { "\(max(1, Int(duration / .milliseconds(1))))ms" }
}

/// Proves to the transaction, and to it alone, for which tenant it speaks.
struct SetTenantContext: Statement {
    static let sql: SQL = "SELECT set_config('gatehouse.tenant', $1, true)"
    let context: String
    var parameters: [SQLValue] { [.text(context)] }
}

/// The tenant for which the transaction speaks.
struct FindProvenTenant: Statement {
    static let sql: SQL = "SELECT gatehouse.tenant()"
    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> TenantID { try row.id() }
}

/// Opens a transaction that may look before it writes.
struct BeginTransaction: Statement {
    static let sql: SQL = "BEGIN"
    var parameters: [SQLValue] { [] }
}

/// Makes an open transaction's changes last.
struct CommitTransaction: Statement {
    static let sql: SQL = "COMMIT"
    var parameters: [SQLValue] { [] }
}

/// Undoes an open transaction.
struct RollBackTransaction: Statement {
    static let sql: SQL = "ROLLBACK"
    var parameters: [SQLValue] { [] }
}

/// Asks the server for a sign of life.
struct Ping: Statement {
    static let sql: SQL = "SELECT 1"
    var parameters: [SQLValue] { [] }
}
