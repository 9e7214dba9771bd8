import DatabaseTesting
import HTTPTypes
import Testing

@Suite("A tenant's own domain") struct ServedDomainTests {
    private let house: House
    private let domain: String

    init() async throws {
        domain = "auth.\(unique()).example"
        house = try await House.open(domains: [domain])
    }

    @Test("serves the tenant's people without the prefix, exactly as the prefix does", arguments: ["GET", "HEAD"])
    func prefix(method: String) async throws {
        let method = try #require(HTTPRequest.Method(method))
        for path in ["/.well-known/openid-configuration", "/jwks.json", "/invitations/accept", "/me", "/nothing/here"] {
            let below = try await house.send(method, house.acme.people(path), to: "localhost")
            let own = try await house.send(method, path, to: domain)
            #expect(own.appearance == below.appearance, "\(path)")
        }
        let metadata = try await house.send(.get, "/.well-known/openid-configuration", to: domain)
        #expect(metadata.json["issuer"].text == house.acme.issuer)
    }

    @Test("lets people sign in and use their account, with a body and a query as they were sent")
    func signIn() async throws {
        let person = try await house.person(at: house.acme, "viewer")
        let body: JSON = ["login": "\(person.login)", "password": "\(Person.password)"]
        #expect(try await house.send(.post, "/login", to: domain, body: body).json["status"].text == "complete")
        #expect(try await house.send(.get, "/me", to: domain, bearer: person.accessToken).json["id"].text == person.id)
        #expect(try await house.send(.get, "/me?nonsense=1", to: domain).code == "invalid_query")
        #expect(try await house.send(.get, "/me?access_token=x", to: domain).code == "token_in_url")
    }

    @Test("the tenant's prefix works there, by slug and id; another tenant's is not found, whoever asks")
    func others() async throws {
        let rival = try await house.person(at: house.rival, "owner")
        for name in [house.acme.slug, "\(house.acme.id)"] {
            #expect(try await house.send(.get, "/t/\(name)/jwks.json", to: domain).status == 200)
        }
        let nowhere = try await house.send(.get, "/no-such-path-at-all", to: "localhost").appearance
        for name in [house.rival.slug, "\(house.rival.id)", "nobody-here"] {
            for path in ["/t/\(name)/jwks.json", "/t/\(name)/me"] {
                let answer = try await house.send(.get, path, to: domain, bearer: rival.accessToken)
                #expect(answer.appearance == nowhere, "\(path)")
            }
        }
        #expect(try await house.send(.get, "/me", to: domain, bearer: rival.accessToken).code == "unauthenticated")
    }

    @Test("the platform and administration are not found there, by any spelling")
    func planes() async throws {
        let owner = try await house.owner()
        let paths = [
            "/v1/tenants", "/v1/tenants/\(house.acme.slug)", "/v1/tenants/\(house.acme.slug)/users", "/v1/forward-auth",
            "/v1/api-keys/verify", "/v1", "/t", "/t/", "/V1/tenants", "//v1/tenants", "/./v1/tenants", "/openapi.yaml",
            "/%76%31/tenants", "/t/\(house.acme.slug)/../../v1/tenants", "/",
        ]
        for path in paths {
            for bearer in [house.operatorKey, owner.accessToken] {
                let answer = try await house.send(.get, path, to: domain, bearer: bearer)
                #expect(answer.code == "not_found", "\(path): \(answer.status)")
            }
        }
    }

    @Test("what pages are made of is served there")
    func pages() async throws {
        for path in ["/pages/invitation.js", "/pages/pages.css"] {
            #expect(try await house.send(.get, path, to: domain).status == 200, "\(path)")
        }
    }

    @Test("is named in any case and with any port")
    func spellings() async throws {
        for host in [domain.uppercased(), "\(domain):443", "\(domain):8080", "Auth" + domain.dropFirst(4)] {
            #expect(try await house.send(.get, "/jwks.json", to: host).status == 200, "\(host)")
        }
    }

    @Test(
        "no other name is it: a dot more, a part more, look-alikes, two names, odd ports, headers that stand for Host")
    func notIt() async throws {
        let odd = [
            "\(domain).", "x.\(domain)", String(domain.dropFirst()), "\(domain):", "\(domain):x", "\(domain):1:2",
            "user@\(domain)", "\(domain)@evil.example", "\(domain),evil.example", "[\(domain)]",
            "\u{430}uth" + domain.dropFirst(4), "auth\u{200B}" + domain.dropFirst(4), "\(domain):999999", "[::1]:80",
            "",
        ]
        let nowhere = try await house.send(.get, "/jwks.json", to: "localhost").appearance
        for host in odd {
            #expect(try await house.send(.get, "/jwks.json", to: host).appearance == nowhere, "\(host)")
        }
        for name in ["x-forwarded-host", "forwarded", "x-host", "x-original-host"] {
            let field = try #require(HTTPField.Name(name))
            let answer = try await house.send(.get, "/jwks.json", to: "localhost", headers: [field: domain])
            #expect(answer.appearance == nowhere, "\(name)")
        }
    }

    @Test("a suspended tenant is refused there as everywhere")
    func suspended() async throws {
        let domain = "auth.\(unique()).example"
        let house = try await House.open(isSuspended: true, domains: [domain])
        #expect(try await house.send(.get, "/jwks.json", to: domain).code == "tenant_suspended")
    }

    @Test("every other host is served as before, the server's own among them, whatever a tenant declares")
    func otherHosts() async throws {
        for host in ["auth.example.com", "localhost", "127.0.0.1:8080", "other.example"] {
            #expect(try await house.send(.get, house.rival.people("/jwks.json"), to: host).status == 200, "\(host)")
            let tenants = try await house.send(.get, "/v1/tenants", to: host, bearer: house.operatorKey)
            #expect(tenants.status == 200, "\(host)")
        }
        let greedy = try await House.open(domains: ["auth.example.com"])
        #expect(try await greedy.send(.get, "/jwks.json", to: "auth.example.com").status == 404)
    }
}
