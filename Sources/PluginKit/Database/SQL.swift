public import Foundation

/// SQL text that was written down in this program.
///
/// It can be made only from a literal without interpolation, so no value can end up inside it.
public struct SQL: Sendable, Hashable, ExpressibleByStringLiteral {
    public let text: String

    public init(stringLiteral text: StaticString) {
        self.text = text.description
    }
}

/// A value that travels beside SQL text, or came back in a row; `nil` is SQL's NULL of that type.
public enum SQLValue: Sendable, Equatable {
    case text(String?)
    case bytes([UInt8]?)
    /// `bigint` on the way in; `smallint`, `integer` and `bigint` on the way out.
    case int(Int64?)
    case bool(Bool?)
    case uuid(UUID?)
    /// `timestamptz`, to the microsecond.
    case time(Date?)
    case texts([String]?)
    case uuids([UUID]?)

    public static func id<Kind>(_ identifier: Identifier<Kind>?) -> SQLValue { .uuid(identifier?.rawValue) }
}

/// A statement's text with its values, ready to run.
public struct BoundStatement: Sendable {
    public let sql: SQL
    public let parameters: [SQLValue]

    public init(sql: SQL, parameters: [SQLValue]) {
        self.sql = sql
        self.parameters = parameters
    }

    public init(_ statement: some Statement) {
        self.init(sql: type(of: statement).sql, parameters: statement.parameters)
    }
}

/// What one statement gave.
public struct StatementResult: Sendable {
    public let rows: [[SQLValue]]
    /// Rows returned, inserted, changed or deleted, as PostgreSQL counts them.
    public let affected: Int

    public init(rows: [[SQLValue]], affected: Int) {
        self.rows = rows
        self.affected = affected
    }
}
