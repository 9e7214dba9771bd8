import HTTPTypes
import Testing

@Suite("The audit trail") struct AuditTests {
    @Test("tells, newest first, who did what to whom, from where, and what was refused")
    func events() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let viewer = try await house.person(at: house.acme, "viewer")
        house.wait(.seconds(1))
        #expect(try await viewer.admin(.get, "/users").status == 403)
        house.wait(.seconds(1))
        let made = try await owner.admin(
            .post, "/users", ["login": "bob@example.com", "roles": ["viewer"]], headers: [.userAgent: "a console"])
        let events = try await owner.admin(.get, "/audit-events").json["data"].list
        #expect(events[0]["type"] == "user.created")
        #expect(events[0]["actor"] == "user:\(owner.id)")
        #expect(events[0]["session_id"].text == owner.sessionID)
        #expect(events[0]["subject"] == made.json["id"])
        #expect(events[0]["user_agent"] == "a console")
        #expect(events[0]["details"] == ["roles": "viewer"])
        #expect(
            events[1].without(["id", "created_at", "request_id", "address", "session_id"]) == [
                "type": "access.refused", "outcome": "refused", "reason": "missing_permission",
                "actor": "user:\(viewer.id)",
                "subject": "users.read", "details": [:],
            ])
    }

    @Test("is narrowed by type, actor and time, all at once if need be")
    func filters() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let admin = try await house.person(at: house.acme, "admin")
        _ = try await owner.makeUsers(2)
        house.wait(.seconds(10))
        let between = try await admin.admin(.get, "/me").status
        #expect(between == 404)
        _ = try await admin.makeUsers(1)
        let byActor = try await owner.admin(.get, "/audit-events?type=user.created&actor=user:\(admin.id)")
        #expect(byActor.json["data"].list.count == 1)
        let time = try #require(byActor.json["data"].list[0]["created_at"].text)
        #expect(try await owner.admin(.get, "/audit-events?type=user.created&after=\(time)").json["data"].list == [])
        let before = try await owner.admin(
            .get, "/audit-events?type=user.created&before=\(time)&actor=user:\(owner.id)")
        #expect(before.json["data"].list.count == 2)
        #expect(try await owner.admin(.get, "/audit-events?after=yesterday").faults == ["?after": "invalid_format"])
    }

    @Test("holds no password and no token, and neither does the log")
    func noSecrets() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let token = try await owner.invite("bob@example.com").text(of: "token")
        let joined = try await house.accept(token)
        _ = try await house.logIn("bob@example.com")
        _ = try await house.refresh(try joined.text(of: "refresh_token"))
        let trail = try await owner.admin(.get, "/audit-events?limit=200").text
        let secrets = [
            Person.password, token, owner.accessToken, try joined.text(of: "access_token"),
            try joined.text(of: "refresh_token"),
        ]
        #expect(trail.contains("invitation.accepted"))
        #expect(!house.logLines.isEmpty)
        for secret in secrets {
            #expect(!trail.contains(secret))
            #expect(house.logLines.allSatisfy { !$0.contains(secret) })
        }
    }
}
