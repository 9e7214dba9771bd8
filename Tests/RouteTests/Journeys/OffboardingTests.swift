import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

@Suite("Letting go of a tenant over HTTP") struct OffboardingTests {
    private let house: House

    init() async throws {
        house = try await House.open()
    }

    private var path: String { "/v1/tenants/\(house.acme.slug)" }

    @Test("refuses everybody at the tenant at once, and ends in a receipt that the published keys verify")
    func whole() async throws {
        let owner = try await house.owner()
        let machine = try await house.machine()
        house.files.take([])
        let begun = try await house.send(.delete, path, bearer: house.operatorKey)
        #expect(begun.status == 202)
        let location = try #require(begun.headers[.location])
        #expect(location == "/v1/operations/\(try begun.text(of: "id"))")
        #expect(try await owner.own(.get, "/me").code == "tenant_not_found")
        #expect(try await !machine.isGood)
        #expect(try await house.send(.get, path, bearer: house.operatorKey).json["state"] == "deleting")

        let name = try begun.text(of: "id")
        let id = try #require(OperationID(name))
        _ = try await house.offboarding.run(id)
        let done = try await house.send(.get, location, bearer: house.operatorKey)
        #expect(done.json["state"] == "succeeded")
        #expect(done.json["progress"]["tables"]["users"].number == 1)
        let text = try done.text(of: "receipt")
        let receipt = try #require(try await house.kernel.deletionReceipts.read(text))
        #expect("\(receipt.tenant)" == "\(house.acme.id)")
        let keys = try await house.send(.get, "/v1/receipt-keys").json["keys"].list
        #expect(keys.count == 1)
        #expect(keys[0].names == ["kty", "kid", "use", "alg", "crv", "x"])
        #expect(try await house.send(.get, path, bearer: house.operatorKey).code == "tenant_not_found")
    }

    @Test("repeated, it is the same operation; also when the tenant is gone")
    func repeated() async throws {
        house.files.take([])
        let ids = try await (0..<2).asyncMap { _ in
            try await house.send(.delete, path, bearer: house.operatorKey).text(of: "id")
        }
        #expect(ids[0] == ids[1])
        _ = try await house.offboarding.run(try #require(OperationID(ids[0])))
        let again = try await house.send(.delete, path, bearer: house.operatorKey)
        #expect(again.status == 202)
        #expect(again.json["state"] == "succeeded")
        #expect(try again.text(of: "id") == ids[0])
    }

    @Test("is not done to a tenant that a file describes")
    func file() async throws {
        let answer = try await house.send(.delete, path, bearer: house.operatorKey)
        #expect(answer.code == "managed_by_file")
        #expect(try await house.send(.get, "/t/\(house.acme.slug)/jwks.json").status == 200)
    }

    @Test("what is not there is not found")
    func unknown() async throws {
        let now = house.acme.clock.now
        for name in ["nobody-here", "\(TenantID.make(at: now))"] {
            let answer = try await house.send(.delete, "/v1/tenants/\(name)", bearer: house.operatorKey)
            #expect(answer.code == "tenant_not_found", "\(name)")
        }
        for name in ["\(OperationID.make(at: now))", "some-thing", "\(house.acme.id)"] {
            let answer = try await house.send(.get, "/v1/operations/\(name)", bearer: house.operatorKey)
            #expect(answer.code == "not_found", "\(name)")
        }
    }

    @Test("harms nobody else: the rival's rows stay as they were, and its owner is let in")
    func neighbour() async throws {
        let rival = try await house.person(at: house.rival, "owner")
        let before = try await house.rows(of: house.rival)
        house.files.take([])
        let begun = try await house.send(.delete, path, bearer: house.operatorKey).text(of: "id")
        _ = try await house.offboarding.run(try #require(OperationID(begun)))
        #expect(try await house.rows(of: house.rival) == before)
        #expect(try await rival.own(.get, "/me").status == 200)
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
