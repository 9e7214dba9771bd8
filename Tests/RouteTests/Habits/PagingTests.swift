import DatabaseTesting
import HTTPTypes
import Testing

@Suite("Lists") struct PagingTests {
    @Test("pages follow each other without gaps or repetitions, while people come and go")
    func pages() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let ids = try await owner.makeUsers(5)
        let first = try await owner.admin(.get, "/users?limit=2")
        #expect(try await owner.admin(.delete, "/users/\(ids[0])").status == 204)
        let newest = try await owner.makeUsers(1)
        let second = try await owner.admin(.get, "/users?limit=2&cursor=\(try first.text(of: "next_cursor"))")
        let third = try await owner.admin(.get, "/users?limit=3&cursor=\(try second.text(of: "next_cursor"))")
        let seen = [first, second, third].flatMap { $0.json["data"].list.compactMap { $0["id"].text } }
        #expect(seen == [owner.id] + ids + newest)
        #expect(third.json["next_cursor"] == .null)
        #expect(third.json.names == ["data", "next_cursor"])
    }

    @Test("a full last page has no next one")
    func fullPage() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        _ = try await owner.makeUsers(3)
        #expect(try await owner.admin(.get, "/users?limit=4").json["next_cursor"] == .null)
    }

    @Test("a cursor is good for its own list alone")
    func foreignCursors() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let rival = try await house.person(at: house.rival, "owner")
        _ = try await owner.makeUsers(2)
        let cursor = try await owner.admin(.get, "/users?limit=1").text(of: "next_cursor")
        #expect(try await owner.admin(.get, "/users?limit=200&cursor=\(cursor)").status == 200)
        let refused = [
            try await rival.admin(.get, "/users?cursor=\(cursor)"),
            try await owner.admin(.get, "/invitations?cursor=\(cursor)"),
            try await owner.admin(.get, "/audit-events?cursor=\(cursor)"),
            try await house.send(.get, "/v1/tenants?cursor=\(cursor)", bearer: house.operatorKey),
        ]
        #expect(refused.map(\.code) == refused.map { _ in "cursor_invalid" })
    }

    @Test("a cursor does not survive another filter, nor a changed letter, nor losing one")
    func alteredCursors() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        _ = try await owner.makeUsers(2)
        let path = "/audit-events?limit=1&type=user.created"
        let cursor = try await owner.admin(.get, path).text(of: "next_cursor")
        #expect(try await owner.admin(.get, path + "&cursor=\(cursor)").status == 200)
        #expect(try await owner.admin(.get, "/audit-events?limit=1&cursor=\(cursor)").code == "cursor_invalid")
        #expect(try await owner.admin(.get, "/audit-events?type=sign_in&cursor=\(cursor)").code == "cursor_invalid")
        let flipped = (cursor.hasPrefix("A") ? "B" : "A") + cursor.dropFirst()
        for altered in [flipped, String(cursor.dropLast()), cursor + "A", "", "x"] {
            #expect(try await owner.admin(.get, path + "&cursor=\(altered)").code == "cursor_invalid", "\(altered)")
        }
    }

    @Test(
        "parameters out of range, unknown or repeated are refused by name",
        arguments: [
            ("limit=0", "?limit"), ("limit=201", "?limit"), ("limit=ten", "?limit"), ("limit=-1", "?limit"),
            ("limit=1&limit=2", "?limit"), ("page=2", "?page"), ("limit=%zz", "?limit"),
        ])
    func badParameters(query: String, pointer: String) async throws {
        let house = try await House.open()
        let answer = try await house.owner().admin(.get, "/users?\(query)")
        #expect(answer.code == "invalid_query")
        #expect(answer.faults.keys.sorted() == [pointer])
    }

    @Test("operators page through all tenants")
    func tenants() async throws {
        let house = try await House.open()
        var slugs: [String] = []
        var cursor: String?
        repeat {
            let query = "limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
            let page = try await house.send(.get, "/v1/tenants?\(query)", bearer: house.operatorKey)
            slugs += page.json["data"].list.compactMap { $0["slug"].text }
            cursor = page.json["next_cursor"].text
        } while cursor != nil
        #expect(Set(slugs).count == slugs.count)
        #expect(Set(slugs).isSuperset(of: [house.acme.slug, house.rival.slug]))
    }
}

extension Person {
    /// Makes people without passwords, each a second after the one before; gives their ids.
    func makeUsers(_ count: Int) async throws -> [String] {
        var ids: [String] = []
        for _ in 0..<count {
            house.wait(.seconds(1))
            ids.append(try await admin(.post, "/users", ["login": "\(unique())@example.com"]).text(of: "id"))
        }
        return ids
    }
}
