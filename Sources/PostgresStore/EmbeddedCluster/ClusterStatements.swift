internal import PluginKit

/// The statements of the set-up.
enum ClusterStatements {
    static let all: [any Statement.Type] = [FindDatabase.self]
}

/// Whether Gatehouse's database exists.
struct FindDatabase: Statement {
    static let sql: SQL = "SELECT datname FROM pg_database WHERE datname = 'gatehouse'"
    var parameters: [SQLValue] { [] }
    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}
