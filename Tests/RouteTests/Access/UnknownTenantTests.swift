import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing
import WebAPI

@Suite("A tenant that is not there") struct UnknownTenantTests {
    @Test("every route of a tenant answers 404 before it looks at credential or body, alike for slug and id")
    func notFound() async throws {
        let house = try await House.open()
        let owner = try await house.owner()
        let id = TenantID.make(at: house.acme.clock.now)
        for route in house.routes where route.isOfTenant {
            for bearer in [nil, owner.accessToken, "garbage"] {
                let bySlug = try await house.send(
                    route.method, route.path(tenant: "nobody-here"), bearer: bearer, text: "[")
                let byID = try await house.send(route.method, route.path(tenant: "\(id)"), bearer: bearer, text: "[")
                #expect(bySlug.code == "tenant_not_found", "\(route.title)")
                #expect(bySlug.appearance == byID.appearance, "\(route.title)")
            }
        }
    }

    @Test("every route of a suspended tenant answers 403 before it looks at credential or body; another's are open")
    func suspended() async throws {
        let house = try await House.open(isSuspended: true)
        let tenant = house.acme.tenant.slug.text
        for route in house.routes where route.isOfTenant {
            for bearer in [nil, "garbage"] {
                let answer = try await house.send(route.method, route.path(tenant: tenant), bearer: bearer, text: "[")
                #expect(answer.status == 403, "\(route.title)")
                #expect(answer.code == "tenant_suspended", "\(route.title)")
            }
        }
        let keys = try await house.send(.get, "/t/\(house.rival.tenant.slug)/jwks.json")
        #expect(keys.status == 200)
    }

    @Test("an operator learns that it is not there, and nobody else does")
    func platform() async throws {
        let house = try await House.open()
        let answer = try await house.send(.get, "/v1/tenants/nobody-here", bearer: house.operatorKey)
        #expect(answer.code == "tenant_not_found")
        #expect(try await house.send(.get, "/v1/tenants/nobody-here").code == "unauthenticated")
    }
}
