import HTTPTypes
import Testing

@Suite("Roles") struct RoleTests {
    @Test("a role is made once and then changed only by who read its latest version")
    func versions() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let made = try await owner.write("support", ["users.read"])
        #expect(made.status == 201)
        #expect(made.headers[.eTag] == "\"1\"")
        #expect(try await owner.write("support", ["users.read"]).code == "precondition_failed")
        let changed = try await owner.write("support", ["audit.read", "users.read"], ifMatch: "\"1\"")
        #expect(changed.status == 200)
        #expect(changed.headers[.eTag] == "\"2\"")
        for stale in ["\"1\"", "\"3\"", "2", "W/\"2\"", "*", "\"02\""] {
            #expect(
                try await owner.write("support", ["users.read"], ifMatch: stale).code == "precondition_failed",
                "\(stale)")
        }
        let read = try await owner.admin(.get, "/roles/support")
        #expect(read.json == changed.json)
        #expect(read.headers[.eTag] == "\"2\"")
    }

    @Test("the five built-in roles are there, from the highest down, and cannot be rewritten")
    func builtIn() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        _ = try await owner.write("support", ["users.read"])
        let names = try await owner.admin(.get, "/roles").json["data"].list.map { $0["name"].text }
        #expect(names == ["owner", "admin", "manager", "member", "viewer", "support"])
        for name in ["owner", "viewer", "x", "Upper", "9lives", "dash-ed"] {
            #expect(try await owner.write(name, ["users.read"]).code == "bad_request", "\(name)")
        }
        #expect(try await owner.admin(.get, "/roles/nothing_here").code == "not_found")
    }

    @Test("unknown permissions and roles are refused by name of the field, never of the value")
    func unknown() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let permission = try await owner.write("support", ["users.read", "users.fly"])
        #expect(permission.faults == ["/permissions/1": "invalid_format"])
        #expect(!permission.text.contains("users.fly"))
        let role = try await owner.admin(.post, "/users", ["login": "bob@example.com", "roles": ["no_such_role"]])
        #expect(role.faults == ["/roles": "unknown_role"])
        #expect(try await owner.admin(.get, "/users").json["data"].list.count == 1)
    }

    @Test("nobody hands out, takes away or touches more than he may do himself")
    func subset() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let admin = try await house.person(at: house.acme, "admin")
        let manager = try await house.person(at: house.acme, "manager")
        let refused = [
            try await admin.admin(.post, "/users", ["login": "x@example.com", "roles": ["owner"]]),
            try await admin.invite("x@example.com", roles: ["owner"]),
            try await admin.admin(.put, "/users/\(admin.id)/roles", ["roles": ["owner"]]),
            try await admin.admin(.put, "/users/\(owner.id)/roles", ["roles": ["viewer"]]),
            try await admin.admin(.post, "/users/\(owner.id)/suspend"),
            try await admin.admin(.patch, "/users/\(owner.id)", ["login": "mine@example.com"]),
            try await admin.admin(.post, "/users/\(owner.id)/sessions/revoke"),
            try await admin.admin(.delete, "/users/\(owner.id)"),
            try await admin.write("kings", ["tenant.own"]),
            try await manager.admin(.post, "/users", ["login": "x@example.com", "roles": ["admin"]]),
            try await manager.invite("x@example.com", roles: ["admin"]),
        ]
        #expect(refused.map(\.code) == refused.map { _ in "forbidden" })
        #expect(try await owner.isSignedIn)
        #expect(try await owner.admin(.get, "/users").json["data"].list.count == 3)
        #expect(try await admin.admin(.put, "/users/\(manager.id)/roles", ["roles": ["admin"]]).status == 200)
    }

    @Test("a role that others have cannot be widened from below")
    func widening() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let admin = try await house.person(at: house.acme, "admin")
        #expect(try await owner.write("heirs", ["tenant.own"]).status == 201)
        #expect(try await admin.write("heirs", ["users.read"], ifMatch: "\"1\"").code == "forbidden")
        #expect(try await admin.admin(.put, "/users/\(admin.id)/roles", ["roles": ["heirs"]]).code == "forbidden")
    }

    @Test("the last owner stays, whoever asks")
    func lastOwner() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let path = "/users/\(owner.id)"
        let refused = [
            try await owner.admin(.put, path + "/roles", ["roles": ["admin"]]),
            try await owner.admin(.post, path + "/suspend"),
            try await owner.admin(.delete, path),
        ]
        #expect(refused.map(\.code) == ["last_owner", "last_owner", "last_owner"])
        _ = try await house.owner()
        #expect(try await owner.admin(.put, path + "/roles", ["roles": ["admin"]]).status == 200)
    }
}

extension Person {
    func write(_ role: String, _ permissions: JSON, ifMatch: String? = nil) async throws -> Answer {
        var headers: HTTPFields = [:]
        headers[.ifMatch] = ifMatch
        return try await admin(.put, "/roles/\(role)", ["permissions": permissions], headers: headers)
    }
}
