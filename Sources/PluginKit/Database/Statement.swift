public import Foundation

/// One SQL statement: its text, its parameters, and the shape of a row.
///
/// ```swift
/// struct FindPasswordCredential: Statement {
///     static let sql: SQL = """
///         SELECT hash, must_change
///         FROM   gatehouse.password_credentials
///         WHERE  user_id = $1
///         """
///     let user: UserID
///     var parameters: [SQLValue] { [.id(user)] }
///     static func decode(_ row: inout RowReader) throws -> (hash: String, mustChange: Bool) {
///         (try row.text(), try row.bool())
///     }
/// }
/// ```
/// Statements do not mention the tenant: the transaction carries it.
public protocol Statement: Sendable {
    associatedtype Row: Sendable = Void

    static var sql: SQL { get }
    var parameters: [SQLValue] { get }
    static func decode(_ row: inout RowReader) throws -> Row
}

extension Statement where Row == Void {
    public static func decode(_ row: inout RowReader) throws {}
}

extension Statement {
    /// The typed rows of this statement's result.
    public static func rows(of result: StatementResult) throws -> [Row] {
        try result.rows.map { columns in
            var reader = RowReader(columns: columns)
            return try decode(&reader)
        }
    }
}

/// Reads the columns of one row, in the order in which the statement names them.
public struct RowReader: Sendable {
    private let columns: [SQLValue]
    private var next = 0

    public init(columns: [SQLValue]) {
        self.columns = columns
    }

    public mutating func text() throws -> String { try present(textIfAny()) }
    public mutating func bytes() throws -> [UInt8] { try present(bytesIfAny()) }
    public mutating func int() throws -> Int { try present(intIfAny()) }
    public mutating func uuid() throws -> UUID { try present(uuidIfAny()) }
    public mutating func time() throws -> Date { try present(timeIfAny()) }
    public mutating func id<Kind>(_ kind: Kind.Type = Kind.self) throws -> Identifier<Kind> { try present(idIfAny()) }

    public mutating func bool() throws -> Bool {
        guard case .bool(let value?) = try column() else { throw mismatch() }
        return value
    }

    public mutating func texts() throws -> [String] {
        guard case .texts(let value?) = try column() else { throw mismatch() }
        return value
    }

    public mutating func uuids() throws -> [UUID] {
        guard case .uuids(let value?) = try column() else { throw mismatch() }
        return value
    }

    public mutating func boolIfAny() throws -> Bool? {
        guard case .bool(let value) = try column() else { throw mismatch() }
        return value
    }

    public mutating func textIfAny() throws -> String? {
        guard case .text(let value) = try column() else { throw mismatch() }
        return value
    }

    public mutating func bytesIfAny() throws -> [UInt8]? {
        guard case .bytes(let value) = try column() else { throw mismatch() }
        return value
    }

    public mutating func intIfAny() throws -> Int? {
        guard case .int(let value) = try column() else { throw mismatch() }
        return value.map(Int.init)
    }

    public mutating func uuidIfAny() throws -> UUID? {
        guard case .uuid(let value) = try column() else { throw mismatch() }
        return value
    }

    public mutating func timeIfAny() throws -> Date? {
        guard case .time(let value) = try column() else { throw mismatch() }
        return value
    }

    public mutating func idIfAny<Kind>(_ kind: Kind.Type = Kind.self) throws -> Identifier<Kind>? {
        try uuidIfAny().map(Identifier.init(rawValue:))
    }

    private mutating func column() throws(RowShapeError) -> SQLValue {
        guard next < columns.count else { throw RowShapeError(column: next) }
        next += 1
        return columns[next - 1]
    }

    // Mutating, so that `self` is looked at after the argument has moved to the next column.
    private mutating func present<Value>(_ value: Value?) throws(RowShapeError) -> Value {
        guard let value else { throw mismatch() }
        return value
    }

    private func mismatch() -> RowShapeError { RowShapeError(column: next - 1) }
}

/// A row had another shape than its statement expects: a missing column, another type, an unexpected NULL.
public struct RowShapeError: Error, Equatable, CustomStringConvertible {
    /// Counted from zero.
    public let column: Int

    public init(column: Int) {
        self.column = column
    }

    public var description: String { "column \(column) of the row is missing, NULL or of another type" }
}
