import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing
import WebAPI

/// Every route against every kind of credential. The cases come from the route table, so a new route is covered by being
/// declared.
@Suite("Who may call what") struct AccessMatrixTests {
    private let house: House
    private let credentials: Credentials

    init() async throws {
        house = try await House.open()
        credentials = try await Credentials(of: house)
    }

    private var guarded: [Route] { house.routes.filter { $0.access != .anyone } }

    @Test("a guarded route answers 401 to everything but one live credential of its own kind")
    func unauthenticated() async throws {
        #expect(guarded.count > 20)
        for route in guarded {
            for (flaw, headers) in credentials.unfit(for: route.access) {
                let answer = try await send(route, headers: headers)
                #expect(answer.status == 401, "\(route.title) with \(flaw)")
                #expect(answer.code == "unauthenticated", "\(route.title) with \(flaw)")
                #expect(answer.headers[.wwwAuthenticate] == "Bearer", "\(route.title) with \(flaw)")
            }
        }
    }

    @Test("a guarded route lets its own credential pass, in whatever case the scheme is written")
    func admitted() async throws {
        for route in guarded where route.parameters.isEmpty {
            let right = credentials.right(for: route.access)
            let answer = try await send(route, headers: [.authorization: "bEARER \(right)"])
            #expect(answer.status != 401 && answer.status != 403, "\(route.title): \(answer.status)")
        }
    }

    @Test("an API key passes wherever its scopes allow, but not where somebody's presence is to be proved")
    func machine() async throws {
        let presence: Set<String> = [
            "/v1/tenants/{tenant}/users/{id}/factors/reset", "/v1/tenants/{tenant}/users/{id}/enrollment-ticket",
        ]
        for route in guarded {
            guard route.access.permission != nil else { continue }
            let answer = try await send(route, headers: Credentials.bearer(credentials.machine.key))
            if presence.contains(route.path) {
                #expect(answer.code == "forbidden", "\(route.title)")
                let events = try await house.acme.events(.accessRefused)
                #expect(events.contains { $0.reason == "not_a_person" && $0.actor == "key:\(credentials.machine.id)" })
            } else {
                #expect(answer.status != 401 && answer.status != 403, "\(route.title): \(answer.status)")
            }
        }
    }

    @Test("a route that needs a permission answers 403 to somebody who lacks it, before it looks at the body")
    func forbidden() async throws {
        for route in guarded {
            guard let permission = route.access.permission else { continue }
            let (viewer, machine) = (credentials.viewer, credentials.weakMachine)
            for (bearer, actor) in [(viewer.accessToken, "user:\(viewer.id)"), (machine.key, "key:\(machine.id)")] {
                let answer = try await house.send(
                    route.method, path(of: route), bearer: bearer, text: "no JSON at all")
                #expect(answer.code == "forbidden", "\(route.title)")
                let events = try await house.acme.events(.accessRefused)
                #expect(events.contains { $0.actor == actor && $0.subject == permission.rawValue }, "\(route.title)")
            }
        }
    }

    @Test("an operator's key passes where operators may look on, and finds what it asks for")
    func onlooker() async throws {
        let routes = guarded.filter { if case .operatorOr = $0.access { true } else { false } }
        #expect(!routes.isEmpty)
        for route in routes {
            let answer = try await send(route, headers: Credentials.bearer(credentials.operatorKey))
            #expect(answer.status == (route.parameters.isEmpty ? 200 : 404), "\(route.title): \(answer.status)")
        }
    }

    @Test("HEAD is guarded as GET is")
    func head() async throws {
        for route in guarded where route.method == .get {
            let answer = try await house.send(.head, path(of: route))
            #expect(answer.status == 401, "\(route.title)")
            #expect(answer.bytes.isEmpty, "\(route.title)")
        }
    }

    @Test("a route for anyone looks at no credential, so a bad one changes nothing")
    func anyone() async throws {
        let looking = ["/t/{tenant}/logout", "/v1/tenants/{tenant}/api-keys/verify", "/v1/api-keys/verify"]
        for route in house.routes where route.access == .anyone && !looking.contains(route.path) {
            let without = try await send(route, headers: [:])
            let with = try await send(route, headers: Credentials.bearer("garbage"))
            #expect(with.status == without.status, "\(route.title)")
            #expect(with.status != 401, "\(route.title)")
        }
    }

    @Test("a tenant's token opens the tenant by its id as by its slug")
    func tenantByID() async throws {
        let answer = try await house.send(.get, "/t/\(house.acme.id)/me", bearer: credentials.owner.accessToken)
        #expect(answer.json["id"].text == credentials.owner.id)
    }

    private func path(of route: Route) -> String { route.path(tenant: house.acme.slug) }

    private func send(_ route: Route, headers: HTTPFields) async throws -> Answer {
        try await house.send(route.method, path(of: route), headers: headers)
    }
}
