import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

@Suite("Lists of API keys that are narrowed down over HTTP") struct KeyListTests {
    private let house: House
    private let owner: Person

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
    }

    @Test("every parameter narrows the list, and all of them together do")
    func parameters() async throws {
        let old = try await house.machine([.usersRead], name: "job one")
        house.wait(.seconds(100))
        let owned = try await house.machine([.usersRead, .auditRead], name: "job two", ownedBy: owner)
        // Ids that are made within one millisecond are in no order, and times are rounded.
        house.wait(.milliseconds(2))
        let gone = try await house.machine([.auditRead], name: "gone")
        _ = try await owner.admin(.post, "/api-keys/\(gone.id)/revoke")
        let cases: [(String, [Machine])] = [
            ("", [old, owned, gone]), ("state=active", [old, owned]), ("state=revoked", [gone]), ("state=rotating", []),
            ("state=expired", []), ("scope=audit.read", [owned, gone]), ("name=job%20one", [old]),
            ("name=job*", [old, owned]), ("name=job", []), ("older_than_seconds=100", [old]),
            ("older_than_seconds=0", [old, owned]), ("owner=\(owner.id)", [owned]),
            ("state=active&scope=audit.read&name=job*&older_than_seconds=0&owner=\(owner.id)", [owned]),
        ]
        for (query, expected) in cases {
            let answer = try await owner.admin(.get, "/api-keys?\(query)")
            #expect(answer.json["data"].list.map { $0["id"].text } == expected.map(\.id), "\(query)")
            #expect(answer.json["next_cursor"] == .null, "\(query)")
        }
    }

    @Test("a cursor is good for the filter alone that it was made under")
    func cursors() async throws {
        for number in 0..<3 {
            _ = try await house.machine(name: number == 1 ? "other" : "job \(number)")
            house.wait(.seconds(1))
        }
        let first = try await owner.admin(.get, "/api-keys?limit=1&name=job*")
        let cursor = try first.text(of: "next_cursor")
        let second = try await owner.admin(.get, "/api-keys?limit=1&name=job*&cursor=\(cursor)")
        #expect([first, second].map { $0.json["data"].list.map { $0["name"].text } } == [["job 0"], ["job 2"]])
        #expect(second.json["next_cursor"] == .null)
        for other in ["", "name=job", "name=job*&state=active", "owner=\(owner.id)"] {
            #expect(
                try await owner.admin(.get, "/api-keys?\(other)&cursor=\(cursor)").code == "cursor_invalid", "\(other)")
        }
    }

    @Test("nothing of another tenant is found, whose person is named or not")
    func otherTenant() async throws {
        let rival = try await house.person(at: house.rival, "owner")
        let theirs = try await house.machine(at: house.rival, [.usersRead], name: "theirs", ownedBy: rival)
        for query in ["name=theirs", "owner=\(rival.id)", "state=active", "scope=users.read", "older_than_seconds=0"] {
            let found = try await rival.admin(.get, "/api-keys?\(query)")
            #expect(found.json["data"].list.map { $0["id"].text } == [theirs.id], "\(query)")
            #expect(try await owner.admin(.get, "/api-keys?\(query)").json["data"] == [], "\(query)")
        }
        let nobody = "\(UserID.make(at: house.acme.clock.now))"
        let named = try await owner.admin(.get, "/api-keys?owner=\(rival.id)")
        #expect(try await owner.admin(.get, "/api-keys?owner=\(nobody)").appearance == named.appearance)
    }

    @Test(
        "what a parameter may not be is refused by its name",
        arguments: [
            ("state=gone", "?state", "not_allowed"), ("state=", "?state", "not_allowed"),
            ("scope=*", "?scope", "invalid_format"), ("name=", "?name", "out_of_range"),
            ("name=%20", "?name", "invalid_format"),
            ("older_than_seconds=-1", "?older_than_seconds", "out_of_range"),
            ("older_than_seconds=63072001", "?older_than_seconds", "out_of_range"),
            ("owner=me", "?owner", "invalid_format"),
            ("owner=key_01jd5m3k7q8x9v2w4y6z0a1b2c", "?owner", "invalid_format"),
            ("owner_id=x", "?owner_id", "unknown_parameter"),
        ])
    func refused(query: String, pointer: String, code: String) async throws {
        let answer = try await owner.admin(.get, "/api-keys?\(query)")
        #expect(answer.code == "invalid_query")
        #expect(answer.faults == [pointer: code])
    }
}
