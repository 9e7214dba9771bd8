import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// Values on their way to the server and back.
    @Suite("Values")
    struct ValueTests {
        private static let uuid = UserID.make(at: Date(timeIntervalSince1970: 1_700_000_000)).rawValue

        private static let cases: [(SQL, SQLValue)] = [
            ("SELECT $1::text", .text("Grüße, 世界 \u{1F600} ' \\ \r\n")),
            ("SELECT $1::text", .text("")),
            ("SELECT $1::text", .text(nil)),
            ("SELECT $1::bytea", .bytes([0, 1, 255, 0])),
            ("SELECT $1::bytea", .bytes([])),
            ("SELECT $1::bytea", .bytes(nil)),
            ("SELECT $1::int8", .int(.max)),
            ("SELECT $1::int8", .int(.min)),
            ("SELECT $1::int4", .int(-7)),
            ("SELECT $1::int2", .int(-7)),
            ("SELECT $1::int8", .int(nil)),
            ("SELECT $1::bool", .bool(true)),
            ("SELECT $1::bool", .bool(false)),
            ("SELECT $1::bool", .bool(nil)),
            ("SELECT $1::uuid", .uuid(uuid)),
            ("SELECT $1::uuid", .uuid(nil)),
            ("SELECT $1::timestamptz", .time(Date(timeIntervalSinceReferenceDate: 800_000_000.123_456))),
            ("SELECT $1::timestamptz", .time(Date(timeIntervalSince1970: -1_000_000_000.25))),
            ("SELECT $1::timestamptz", .time(nil)),
            ("SELECT $1::text[]", .texts(["a", "", "ä"])),
            ("SELECT $1::text[]", .texts([])),
            ("SELECT $1::text[]", .texts(nil)),
            ("SELECT $1::uuid[]", .uuids([uuid, uuid])),
            ("SELECT $1::uuid[]", .uuids(nil)),
            ("SELECT $1::jsonb", .text("{\"a\": [1, 2]}")),
            ("SELECT $1::json", .text("{\"a\":1}")),
            ("SELECT $1::varchar", .text("v")),
        ]

        @Test("a value comes back as it was sent")
        func roundTrips() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                for (sql, value) in Self.cases {
                    let text = SQL.casting(sql)
                    let found = try await tenant.value(text, [value])
                    #expect(found == value, "\(sql.text)")
                }
            }
        }

        @Test("a time means the same to the server")
        func timeMeaning() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                let time = Date(timeIntervalSince1970: 1_700_000_000.123_456)
                let text = try await tenant.value(
                    "SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", [.time(time)])
                #expect(text == .text("2023-11-14 22:13:20.123456"))
            }
        }

        @Test("text with U+0000 is refused, not cut, and harms nothing", arguments: ["\0", "admin\0evil"])
        func zeroBytes(_ text: String) async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                for value in [SQLValue.text(text), .texts(["fine", text])] {
                    await #expect(throws: DatabaseError.failed(sqlState: "22021")) {
                        try await tenant.run([
                            BoundStatement(AddNote(id: 1)), BoundStatement(sql: "SELECT $1", parameters: [value]),
                        ])
                    }
                }
                let found = try await tenant.rows(ListNotes(ids: 1...9))
                #expect(found == [])
            }
        }

        @Test("a time that PostgreSQL cannot hold is refused", arguments: [Double.infinity, .nan, 1e30])
        func impossibleTimes(_ seconds: Double) {
            let statement = BoundStatement(sql: "SELECT $1", parameters: [.time(Date(timeIntervalSince1970: seconds))])
            #expect(throws: DatabaseError.failed(sqlState: "22008")) { try EncodedStatement(statement) }
        }

        @Test("a column of a type that is not read is named by its type only")
        func unknownType() async throws {
            try await TestCluster.current.database.withStore { store in
                let tenant = store.database(of: .fresh())
                await #expect(throws: UnreadableColumn(typeOID: 1700)) { try await tenant.value("SELECT 1.5::numeric") }
                let found = try await tenant.value("SELECT 1")
                #expect(found == .int(1))
            }
        }
    }
}

extension SQL {
    /// Parameters of another type than their value's travel as that and are cast by the server.
    fileprivate static func casting(_ sql: SQL) -> SQL {
        let sent: [String: SQL] = [
            "SELECT $1::jsonb": "SELECT $1::text::jsonb", "SELECT $1::json": "SELECT $1::text::json",
            "SELECT $1::varchar": "SELECT $1::text::varchar", "SELECT $1::int4": "SELECT $1::int8::int4",
            "SELECT $1::int2": "SELECT $1::int8::int2",
        ]
        return sent[sql.text] ?? sql
    }
}
