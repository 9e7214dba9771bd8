import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("A recent proof before keys are made") struct KeyProofTests {
    private let house: House

    init() async throws {
        house = try await House.open()
    }

    @Test("a person needs one to make, change and rotate keys, and none to end them")
    func person() async throws {
        let owner = try await house.owner()
        let machine = try await house.machine()
        let rotation = try await owner.admin(.post, "/api-key-rotations").text(of: "id")
        house.wait(.seconds(601))
        for (method, path, body) in makings(machine, rotation) {
            let answer = try await owner.admin(method, path, body)
            #expect((answer.status, answer.code) == (403, "reauthentication_required"), "\(method) \(path)")
            let event = try await house.acme.events(.accessRefused).first
            #expect(event?.reason == "reauthentication_required" && event?.actor == "user:\(owner.id)")
        }
        #expect(try await owner.admin(.get, "/api-keys").json["data"].list.count == 1)
        #expect(try await owner.admin(.post, "/api-key-rotations/\(rotation)/finish").status == 200)
        #expect(try await owner.admin(.post, "/api-key-rotations/\(rotation)/cancel").status == 200)
        #expect(try await owner.admin(.post, "/api-keys/\(machine.id)/rotate/finish").code == "conflict")
        #expect(try await owner.admin(.post, "/api-keys/\(machine.id)/revoke").status == 200)
        #expect(try await owner.admin(.delete, "/api-keys/\(machine.id)").status == 204)
    }

    @Test("for a key its scope is enough, and without the scope nothing is")
    func machine() async throws {
        let target = try await house.machine()
        let able = try await house.machine([.keysCreate, .keysUpdate, .keysRotate, .productUse])
        let unable = try await house.machine([.productUse])
        let rotation = try await able.admin(.post, "/api-key-rotations").text(of: "id")
        house.wait(.seconds(601))
        for (method, path, body) in makings(target, rotation) {
            #expect(try await unable.admin(method, path, body).code == "forbidden", "\(method) \(path)")
            let answer = try await able.admin(method, path, body)
            #expect([200, 201].contains(answer.status), "\(method) \(path): \(answer.text)")
        }
    }

    private func makings(_ machine: Machine, _ rotation: String) -> [(HTTPRequest.Method, String, JSON?)] {
        [
            (.post, "/api-keys", ["name": "x", "scopes": ["product.use"]]),
            (.patch, "/api-keys/\(machine.id)", ["name": "x"]),
            (.post, "/api-keys/\(machine.id)/rotate", nil),
            (.post, "/api-key-rotations", nil),
            (.post, "/api-key-rotations/\(rotation)/next", nil),
        ]
    }
}
