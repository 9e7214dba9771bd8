import HTTPTypes
import Testing
import WebAPI

@Suite("Headers") struct HeaderTests {
    /// Answers that are the same for everybody, and the only ones that a cache may keep.
    private static let cacheable: Set<String> = [
        "/t/{tenant}/jwks.json", "/t/{tenant}/.well-known/openid-configuration", "/v1/receipt-keys",
    ]

    @Test("every answer, good or bad, tells browsers and caches to keep their hands off")
    func security() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        for route in house.routes {
            for bearer in [owner.accessToken, house.operatorKey, nil] {
                let answer = try await house.send(route.method, route.path(tenant: house.acme.slug), bearer: bearer)
                let isCacheable = answer.status == 200 && Self.cacheable.contains(route.path)
                #expect(
                    answer.headers[.cacheControl] == (isCacheable ? "public, max-age=60" : "no-store"), "\(route.title)"
                )
                expectHardened(answer.headers, route.title)
            }
        }
    }

    private func expectHardened(_ headers: HTTPFields, _ title: String) {
        let policy = headers[.contentSecurityPolicy] ?? ""
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "\(title)")
        #expect(headers[.xContentTypeOptions] == "nosniff", "\(title)")
        #expect(headers[.frameOptions] == "DENY", "\(title)")
        #expect(headers[.referrerPolicy] == "no-referrer", "\(title)")
        #expect(headers[.requestID]?.hasPrefix("req_") == true, "\(title)")
        #expect(headers[.server] == nil && headers[.setCookie] == nil, "\(title)")
    }

    @Test("every refusal is a problem with all its members, and the same request's name in header and body")
    func problems() async throws {
        let house = try await House.open()
        for route in house.routes {
            let answer = try await house.send(route.method, route.path(tenant: "nobody-here"), text: "[")
            guard answer.status >= 400 else { continue }
            #expect(answer.code != nil, "\(route.title)")
            #expect(answer.json["request_id"].text == answer.headers[.requestID], "\(route.title)")
            #expect(answer.json["status"].number == answer.status, "\(route.title)")
            #expect(answer.json["type"].text == answer.code.map { "urn:gatehouse:problem:\($0)" }, "\(route.title)")
        }
    }

    @Test("a client's own name for a request is kept where it can do no harm, and stands in the audit trail")
    func requestID() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let kept = try await owner.admin(
            .post, "/users", ["login": "bob@example.com"], headers: [.requestID: "order-7.1"])
        #expect(kept.headers[.requestID] == "order-7.1")
        let events = try await owner.admin(.get, "/audit-events?type=user.created").json["data"].list
        #expect(events.contains { $0["request_id"] == "order-7.1" })
        for name in ["", "a b", "a\"b", String(repeating: "x", count: 65)] {
            let answer = try await owner.own(.get, "/me", headers: [.requestID: name])
            #expect(answer.headers[.requestID]?.hasPrefix("req_") == true, "\(name)")
        }
    }
}
