import HTTPTypes
import Testing
import WebAPI

@Suite("Methods and paths") struct MethodTests {
    private static let methods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
    ]

    @Test("a method that a path has not is answered 405, and OPTIONS 204, each with the methods it has")
    func notAllowed() async throws {
        let house = try await House.open()
        for (path, routes) in Dictionary(grouping: house.routes, by: \.path) {
            let allowed = Self.allowed(by: routes)
            let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            for method in Self.methods where !allowed.contains(method) || method == .options {
                let answer = try await house.send(method, routes[0].path(tenant: house.acme.slug))
                #expect(answer.status == (method == .options ? 204 : 405), "\(method) \(path)")
                #expect(answer.headers[.allow] == list, "\(method) \(path)")
            }
        }
    }

    private static func allowed(by routes: [Route]) -> Set<HTTPRequest.Method> {
        let declared = Set(routes.map(\.method))
        return declared.union(declared.contains(.get) ? [.head, .options] : [.options])
    }

    @Test("HEAD gives what GET gives, without the body")
    func head() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let readable = house.routes.filter { $0.method == .get && $0.parameters.isEmpty && $0.access != .operatorKey }
        for route in readable {
            let uri = route.path(tenant: house.acme.slug)
            let get = try await house.send(.get, uri, bearer: owner.accessToken)
            let head = try await house.send(.head, uri, bearer: owner.accessToken)
            #expect(head.status == get.status, "\(route.title)")
            #expect(head.bytes.isEmpty, "\(route.title)")
            #expect(head.headers[.contentType] == get.headers[.contentType], "\(route.title)")
        }
    }

    @Test(
        "a path has one spelling, and everything else is 404",
        arguments: [
            "/", "/v2", "/v1//tenants", "/v1/tenants/", "/v1/./tenants", "/v1/x/../tenants", "/v1/%74enants",
            "/V1/tenants",
            "/v1/tenants;a=b", "/t/acme", "/healthz", "/metrics", "/readyz",
        ])
    func spelling(path: String) async throws {
        let house = try await House.open()
        let answer = try await house.send(.get, path, bearer: house.operatorKey)
        #expect(answer.status == 404)
        #expect(answer.code == "not_found")
    }
}
