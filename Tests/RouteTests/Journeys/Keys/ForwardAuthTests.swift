import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("Forward-auth") struct ForwardAuthTests {
    private let house: House

    init() async throws {
        house = try await House.open()
    }

    @Test("tells a proxy whose key it is and what it allows, without a body")
    func key() async throws {
        let machine = try await house.machine([.productUse, .productRead])
        let answer = try await ask(machine.key)
        #expect(answer.status == 200)
        #expect(answer.bytes.isEmpty && answer.headers[.contentType] == nil)
        #expect(answer.headers[named: "x-gatehouse-tenant"] == house.acme.slug)
        #expect(answer.headers[named: "x-gatehouse-subject"] == machine.id)
        #expect(answer.headers[named: "x-gatehouse-scopes"] == "product.read product.use")
        #expect(answer.headers[.cacheControl] == "no-store")
        let head = try await house.send(.head, "/v1/forward-auth", bearer: machine.key)
        #expect(head.status == 200)
        #expect(head.headers[named: "x-gatehouse-subject"] == machine.id)
    }

    @Test("tells a proxy who is signed in, at whatever tenant")
    func person() async throws {
        let member = try await house.person(at: house.acme, "member")
        let rival = try await house.person(at: house.rival, "viewer")
        let answer = try await ask(member.accessToken)
        #expect(answer.headers[named: "x-gatehouse-subject"] == member.id)
        #expect(answer.headers[named: "x-gatehouse-scopes"] == "product.read product.use")
        #expect(try await ask(rival.accessToken).headers[named: "x-gatehouse-tenant"] == house.rival.slug)
        _ = try await member.own(.post, "/logout")
        #expect(try await ask(member.accessToken).code == "unauthenticated")
    }

    @Test("holds the credential against the scopes and the tenant that the proxy demands")
    func demands() async throws {
        let machine = try await house.machine([.productUse, .productRead])
        let (slug, id) = (house.acme.slug, "\(house.acme.id)")
        for query in [
            "scope=product.use", "scope=product.use%20product.read", "tenant=\(slug)", "tenant=\(id)",
            "tenant=\(slug)&scope=product.read",
        ] {
            #expect(try await ask(machine.key, query).status == 200, "\(query)")
        }
        for query in [
            "scope=users.read", "scope=product.use%20users.read", "tenant=\(house.rival.slug)",
            "tenant=\(house.rival.id)", "tenant=nobody-here", "tenant=\(slug)&scope=users.read",
            "tenant=\(house.rival.slug)&scope=product.use",
        ] {
            let answer = try await ask(machine.key, query)
            #expect((answer.status, answer.code) == (403, "forbidden"), "\(query)")
            #expect(answer.headers[named: "x-gatehouse-subject"] == nil)
        }
        for query in ["scope=users.fly", "scope=*", "scope=", "tenant=", "scopes=product.use", "scope=a&scope=b"] {
            #expect(try await ask(machine.key, query).code == "invalid_query", "\(query)")
        }
    }

    @Test("lets nothing pass that is not good, and says by which scheme to come back")
    func refused() async throws {
        for (reason, text) in try await KeysThatAreNotGood(of: house).all where reason != "with a blank" {
            let answer = try await ask(text)
            #expect((answer.status, answer.code) == (401, "unauthenticated"), "\(reason)")
            #expect(answer.headers[.wwwAuthenticate] == "Bearer")
        }
        let nothing = try await house.send(.get, "/v1/forward-auth")
        #expect((nothing.status, nothing.headers[.wwwAuthenticate]) == (401, "Bearer"))
        #expect(try await ask(nil, "scope=users.fly").code == "unauthenticated")
    }

    @Test("takes the headers of the request that is held back as they are")
    func headers() async throws {
        let machine = try await house.machine()
        let headers: HTTPFields = [
            .authorization: "Bearer \(machine.key)", .contentType: "application/x-protobuf", .contentEncoding: "gzip",
            .cookie: "session=1", .idempotencyKey: "k 1",
        ]
        #expect(try await house.send(.get, "/v1/forward-auth", headers: headers).status == 200)
    }

    @Test("a key at its limit is 429 with Retry-After")
    func limit() async throws {
        let machine = try await house.machine(rateLimit: 1)
        var last = try await ask(machine.key)
        for _ in 0..<3 { last = try await ask(machine.key) }
        #expect((last.status, last.code) == (429, "rate_limited"))
        #expect(last.headers[.retryAfter] != nil)
    }

    @Test("is no business of browsers of other origins")
    func origins() async throws {
        let machine = try await house.machine()
        let headers: HTTPFields = [.authorization: "Bearer \(machine.key)", .origin: House.listedOrigin]
        let answer = try await house.send(.get, "/v1/forward-auth", headers: headers)
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
    }

    private func ask(_ credential: String?, _ query: String? = nil) async throws -> Answer {
        try await house.send(.get, "/v1/forward-auth" + (query.map { "?\($0)" } ?? ""), bearer: credential)
    }
}

extension HTTPFields {
    fileprivate subscript(named name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
