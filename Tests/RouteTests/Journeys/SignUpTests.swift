import DatabaseTesting
import HTTPTypes
import Testing

@Suite("Signing up") struct SignUpTests {
    @Test("somebody asks, an administrator approves, the invitation lets him in")
    func journey() async throws {
        let house = try await House.open(signUp: "{open: true, mail_domains: [acme.example]}")
        let owner = try await house.owner()
        let asked = try await house.ask("dora@acme.example", ["display_name": "Dora"])
        #expect((asked.status, asked.text) == (202, #"{"status":"received"}"#))
        let waiting = try await owner.admin(.get, "/sign-up-requests").json["data"].list
        #expect(waiting.map { $0["login"].text } == ["dora@acme.example"])
        let id = try #require(waiting.first?["id"].text)
        let new = try await owner.admin(.post, "/sign-up-requests/\(id)/approve", ["roles": ["member"]])
        #expect(new.status == 201)
        let body: JSON = ["token": "\(try new.text(of: "token"))", "password": "\(Person.password)"]
        #expect(try await house.send(.post, house.acme.people("/invitations/accept"), body: body).status == 200)
        #expect(try await house.logIn("dora@acme.example").json["status"].text == "complete")
        #expect(try await owner.admin(.post, "/sign-up-requests/\(id)/approve").code == "not_found")
    }

    @Test("the answer is the same, byte for byte, whatever is known of the login")
    func alike() async throws {
        let house = try await House.open(signUp: "{open: true, mail_domains: [acme.example]}")
        let known = try await house.acme.signedIn("known@acme.example")
        let logins = [known.login, "new@acme.example", "new@acme.example", "other@elsewhere.example", "no-address"]
        var looks: Set<Answer.Appearance> = []
        for login in logins { looks.insert(try await house.ask(login).appearance) }
        #expect(looks.count == 1)
    }

    @Test("a tenant that is not open answers everybody as if there were nothing, before it looks at the body")
    func closed() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for bearer in [nil, owner.accessToken, house.operatorKey] {
            for text in [#"{"login": "a@b.example"}"#, "no JSON"] {
                let answer = try await house.send(
                    .post, house.acme.people("/sign-up"), bearer: bearer, text: text)
                #expect(answer.code == "not_found")
            }
        }
    }

    @Test("one that is declined is gone; who may not invite settles nothing")
    func decline() async throws {
        let house = try await House.open(signUp: "{open: true}")
        let (owner, viewer) = (try await house.owner(), try await house.person(at: house.acme, "viewer"))
        _ = try await house.ask("dora@acme.example")
        let listed = try await owner.admin(.get, "/sign-up-requests").json["data"].list
        let id = try #require(listed.first?["id"].text)
        for deed in ["approve", "decline"] {
            #expect(try await viewer.admin(.post, "/sign-up-requests/\(id)/\(deed)").code == "forbidden")
        }
        #expect(try await owner.admin(.post, "/sign-up-requests/\(id)/decline").status == 204)
        #expect(try await owner.admin(.get, "/sign-up-requests").json["data"].list.isEmpty)
        #expect(try await owner.admin(.post, "/sign-up-requests/\(id)/decline").code == "not_found")
    }

    @Test("a stranger names his login and his name, and nothing else")
    func body() async throws {
        let house = try await House.open(signUp: "{open: true}")
        let answer = try await house.ask("dora@acme.example", ["roles": ["owner"]])
        #expect(answer.faults == ["/roles": "unknown_field"])
        #expect(try await house.ask("a\u{200B}b@acme.example").faults == ["/login": "invalid_format"])
    }
}

extension House {
    /// Asks the first tenant for somebody.
    fileprivate func ask(_ login: String, _ more: [String: JSON] = [:]) async throws -> Answer {
        let body = JSON.object(more.merging(["login": "\(login)"]) { _, last in last })
        return try await send(.post, acme.people("/sign-up"), body: body)
    }
}
