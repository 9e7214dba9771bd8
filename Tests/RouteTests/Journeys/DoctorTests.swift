import DatabaseTesting
import HTTPTypes
import Kernel
import Testing

@Suite("How a tenant fares, over HTTP") struct DoctorTests {
    private let house: House
    private let owner: Person

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
    }

    @Test("is told to its owner and to operators, and to nobody of another tenant")
    func told() async throws {
        let path = "/v1/tenants/\(house.acme.slug)/doctor"
        for bearer in [owner.accessToken, house.operatorKey] {
            let answer = try await house.send(.get, path, bearer: bearer)
            #expect(answer.status == 200)
            #expect(
                answer.json["checks"].list.compactMap { $0["name"].text } == TenantCheck.Name.allCases.map(\.rawValue))
            #expect(answer.json["checks"].list.first?["state"] == "passed")
        }
        let elsewhere = "/v1/tenants/\(house.rival.slug)/doctor"
        #expect(try await house.send(.get, elsewhere, bearer: owner.accessToken).status == 401)
        #expect(
            try await house.send(.get, "/v1/tenants/nobody-here/doctor", bearer: house.operatorKey).code
                == "tenant_not_found")
    }

    @Test("names keys that should have been rotated")
    func overdueKeys() async throws {
        let scopes: JSON = ["name": "billing", "scopes": ["users.read"]]
        #expect(try await owner.admin(.post, "/api-keys", scopes).status == 201)
        #expect(try await keyCheck()["state"] == "passed")
        house.wait(.seconds(89 * 86_400))
        let check = try await keyCheck()
        #expect(check["state"] == "todo")
        #expect(check["detail"].text?.contains("billing") == true)
        #expect(check["fix"].text?.contains("api-key-rotations") == true)
    }

    private func keyCheck() async throws -> JSON {
        let answer = try await house.send(
            .get, "/v1/tenants/\(house.acme.slug)/doctor", bearer: house.operatorKey)
        return answer.json["checks"].list.first { $0["name"] == "api_keys" } ?? .null
    }
}
