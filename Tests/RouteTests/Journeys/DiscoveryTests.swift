import HTTPTypes
import Testing

@Suite("What anybody may know") struct DiscoveryTests {
    @Test("a tenant publishes the public halves of two keys, the present and the next, and nothing private")
    func keys() async throws {
        let house = try await House.open()
        let keys = try await house.send(.get, house.acme.people("/jwks.json")).json["keys"].list
        #expect(keys.count == 2)
        for key in keys { #expect(key.names == ["kty", "kid", "use", "alg", "crv", "x", "y"]) }
        let others = try await house.send(.get, house.rival.people("/jwks.json")).json["keys"].list
        #expect(Set(keys.map { $0["kid"] }).isDisjoint(with: others.map { $0["kid"] }))
    }

    @Test("the metadata names the issuer that tokens carry, and where its keys are")
    func metadata() async throws {
        let house = try await House.open()
        let metadata = try await house.send(.get, house.acme.people("/.well-known/openid-configuration")).json
        #expect(metadata["issuer"].text == house.acme.issuer)
        #expect(metadata["jwks_uri"].text == house.acme.issuer + "/jwks.json")
    }

    @Test("the list of ended sessions changes its tag when a session ends, and only then")
    func revocations() async throws {
        let house = try await House.open()
        let person = try await house.person(at: house.acme)
        let path = house.acme.people("/revocations")
        let before = try await house.send(.get, path)
        let tag = try #require(before.headers[.eTag])
        house.wait(.seconds(1))
        let unchanged = try await house.send(.get, path, headers: [.ifNoneMatch: tag])
        #expect(unchanged.status == 304)
        #expect(unchanged.bytes.isEmpty)
        #expect(try await person.own(.post, "/logout").status == 204)
        house.wait(.seconds(1))
        let after = try await house.send(.get, path, headers: [.ifNoneMatch: tag])
        #expect(after.status == 200)
        #expect(after.headers[.contentType] == "application/jwt")
        #expect(after.headers[.eTag] != tag)
    }

    @Test("the running program serves its own description")
    func description() async throws {
        let house = try await House.open()
        let answer = try await house.send(.get, "/openapi.yaml")
        #expect(answer.headers[.contentType] == "application/yaml")
        #expect(answer.text.hasPrefix("openapi: 3.1.0\n"))
    }

    @Test("the page of an invitation loads scripts and styles of this server alone, and has nothing inline")
    func page() async throws {
        let house = try await House.open()
        let page = try await house.send(.get, house.acme.people("/invitations/accept"))
        let policy = try #require(page.headers[.contentSecurityPolicy])
        #expect(policy.contains("script-src 'self'") && !policy.contains("unsafe"))
        #expect(!page.text.contains("<script>") && !page.text.contains("<style") && !page.text.contains("style="))
        let loaded = page.text.matches(of: /(?:src|href)="(\/[^"]*)"/).map { String($0.1) }
        #expect(!loaded.isEmpty)
        for path in loaded { #expect(try await house.send(.get, path).status == 200, "\(path)") }
    }
}
