import Foundation
import PluginKit
import PluginTesting
import Testing

@Suite("Reading rows")
struct RowReaderTests {
    private let id = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

    @Test("columns are read in order, by type")
    func values() throws {
        let time = Date(timeIntervalSince1970: 1)
        var row = RowReader(columns: [
            .text("a"), .bytes([1]), .int(2), .bool(true), .uuid(id), .time(time), .texts(["x"]), .uuids([id]),
            .uuid(id),
        ])
        #expect(try row.text() == "a")
        #expect(try row.bytes() == [1])
        #expect(try row.int() == 2)
        #expect(try row.bool())
        #expect(try row.uuid() == id)
        #expect(try row.time() == time)
        #expect(try row.texts() == ["x"])
        #expect(try row.uuids() == [id])
        #expect(try row.id(UserKind.self) == UserID(rawValue: id))
    }

    @Test("NULL is read where it may be")
    func nulls() throws {
        var row = RowReader(columns: [.text(nil), .bytes(nil), .int(nil), .uuid(nil), .time(nil), .uuid(nil)])
        #expect(try row.textIfAny() == nil)
        #expect(try row.bytesIfAny() == nil)
        #expect(try row.intIfAny() == nil)
        #expect(try row.uuidIfAny() == nil)
        #expect(try row.timeIfAny() == nil)
        #expect(try row.idIfAny(UserKind.self) == nil)
    }

    @Test("NULL, another type and a missing column are errors that name the column")
    func mismatches() throws {
        var null = RowReader(columns: [.text("a"), .text(nil)])
        _ = try null.text()
        #expect(throws: RowShapeError(column: 1)) { try null.text() }
        var other = RowReader(columns: [.int(1)])
        #expect(throws: RowShapeError(column: 0)) { try other.text() }
        var short = RowReader(columns: [])
        #expect(throws: RowShapeError(column: 0)) { try short.bool() }
        var nullBool = RowReader(columns: [.bool(nil)])
        #expect(throws: RowShapeError(column: 0)) { try nullBool.bool() }
    }
}

@Suite("Running statements")
struct StatementTests {
    private struct FindName: Statement {
        static let sql: SQL = "SELECT name FROM things WHERE id = $1"
        let id: Int64
        var parameters: [SQLValue] { [.int(id)] }
        static func decode(_ row: inout RowReader) throws -> String { try row.text() }
    }

    private struct Touch: Statement {
        static let sql: SQL = "UPDATE things SET touched = true"
        var parameters: [SQLValue] { [] }
    }

    private let database = ScriptedDatabase()

    @Test("rows are decoded, the first is found, and changed rows are counted")
    func results() async throws {
        database.answer(FindName.self, rows: [[.text("a")], [.text("b")]])
        database.answer(Touch.self) { _ in StatementResult(rows: [], affected: 7) }
        #expect(try await database.rows(FindName(id: 1)) == ["a", "b"])
        #expect(try await database.first(FindName(id: 1)) == "a")
        #expect(try await database.execute(Touch()) == 7)
        #expect(database.ran.map(\.parameters) == [[.int(1)], [.int(1)], []])
    }

    @Test("a batch gives each statement its own rows")
    func batch() async throws {
        database.answer(FindName.self) { parameters in StatementResult(rows: [[.text("\(parameters)")]], affected: 1) }
        let (first, second) = try await database.rows(of: FindName(id: 1), FindName(id: 2))
        #expect(first != second)
        #expect(first.count == 1 && second.count == 1)
    }

    @Test("a row of another shape is an error")
    func wrongShape() async {
        database.answer(FindName.self, rows: [[.int(1)]])
        await #expect(throws: RowShapeError(column: 0)) { try await database.rows(FindName(id: 1)) }
    }

    @Test("a statement that nobody scripted, and a lost database, are errors")
    func unscripted() async {
        await #expect(throws: UnscriptedStatement.self) { try await database.execute(Touch()) }
        database.failure = .timedOut
        await #expect(throws: DatabaseError.timedOut) { try await database.execute(Touch()) }
    }
}
