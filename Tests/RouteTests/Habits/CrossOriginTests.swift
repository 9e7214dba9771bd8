import HTTPTypes
import Testing

@Suite("Browsers of other origins") struct CrossOriginTests {
    @Test("the tenant's own origin may read answers, refusals included, and send no cookies")
    func listed() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for bearer in [owner.accessToken, "garbage"] {
            let answer = try await house.send(
                .get, house.acme.people("/me"), bearer: bearer, headers: [.origin: House.listedOrigin])
            #expect(answer.headers[.accessControlAllowOrigin] == House.listedOrigin)
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
            #expect(answer.headers[.vary] == "Origin")
        }
    }

    @Test(
        "no other origin may, however close it looks",
        arguments: [
            "https://app.acme.example.evil.example", "https://app.acme.example:8443", "http://app.acme.example",
            "https://APP.acme.example", "https://xapp.acme.example", "null", "*", "https://app.acme.example/",
        ])
    func unlisted(origin: String) async throws {
        let house = try await House.open()
        let answer = try await house.send(.get, house.acme.people("/jwks.json"), headers: [.origin: origin])
        #expect(answer.status == 200)
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
        #expect(answer.headers[.vary] == "Origin")
    }

    @Test("a tenant's origin is nobody at another tenant")
    func otherTenant() async throws {
        let house = try await House.open()
        let headers: HTTPFields = [.origin: House.listedOrigin]
        let elsewhere = try await house.send(.get, house.rival.people("/jwks.json"), headers: headers)
        #expect(elsewhere.headers[.accessControlAllowOrigin] == nil)
        #expect(
            try await house.send(.get, "/t/nobody-here/jwks.json", headers: headers).headers[.accessControlAllowOrigin]
                == nil)
    }

    @Test("a preflight of a listed origin learns the path's methods and the headers it may send")
    func preflight() async throws {
        let house = try await House.open()
        let path = house.acme.administration("/roles/support")
        let ask: HTTPFields = [.origin: House.listedOrigin, .accessControlRequestMethod: "PUT"]
        let answer = try await house.send(.options, path, headers: ask)
        #expect(answer.status == 204)
        #expect(answer.headers[.accessControlAllowMethods] == "GET, HEAD, OPTIONS, PUT")
        let allowed = Set(answer.headers[.accessControlAllowHeaders]?.split(separator: ", ").map(String.init) ?? [])
        #expect(allowed.isSuperset(of: ["authorization", "content-type", "idempotency-key", "if-match"]))
    }
}
