import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("Rotating one key over HTTP") struct KeyRotationTests {
    private let house: House
    private let owner: Person

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
    }

    @Test("both secrets are good through the overlap, and the old one ends by itself")
    func overlap() async throws {
        let machine = try await house.machine()
        house.wait(.seconds(1))
        let rotated = try await owner.admin(.post, "/api-keys/\(machine.id)/rotate", ["overlap_seconds": 600])
        #expect(rotated.status == 201)
        let successor = Machine(house: house, tenant: house.acme, id: machine.id, key: try rotated.text(of: "key"))
        #expect(successor.key != machine.key)
        #expect(rotated.json["previous"]["expires_at"] == "2096-10-02T07:16:41.000Z")
        #expect(try await machine.isGood)
        #expect(try await successor.isGood)
        let read = try await owner.admin(.get, "/api-keys/\(machine.id)")
        #expect(read.json["state"] == "rotating")
        #expect(read.json["secrets"].list.map { $0["state"] } == ["active", "retiring"])
        let rotation = try await owner.admin(.get, "/api-key-rotations/\(try rotated.text(of: "rotation_id"))")
        #expect(rotation.json["state"] == "overlapping" && rotation.json["filter"] == .null)
        #expect(try await owner.admin(.post, "/api-keys/\(machine.id)/rotate").code == "conflict")
        house.wait(.seconds(600))
        #expect(try await !machine.isGood)
        #expect(try await successor.isGood)
        #expect(try await owner.admin(.post, "/api-keys/\(machine.id)/rotate/cancel").code == "conflict")
        #expect(try await owner.admin(.get, "/api-keys/\(machine.id)").json["state"] == "active")
    }

    @Test("finishing ends the old secret now, once")
    func finish() async throws {
        let machine = try await house.machine()
        #expect(try await owner.admin(.post, "/api-keys/\(machine.id)/rotate/finish").code == "conflict")
        let successor = try await rotate(machine)
        let finished = try await owner.admin(.post, "/api-keys/\(machine.id)/rotate/finish")
        #expect(finished.json["state"] == "active")
        #expect(finished.json["secrets"].list[1]["ended_because"] == "finished")
        #expect(try await !machine.isGood)
        #expect(try await successor.isGood)
        #expect(try await owner.admin(.post, "/api-keys/\(machine.id)/rotate/finish").code == "conflict")
    }

    @Test("cancelling keeps the old secret and drops the new one, once")
    func cancel() async throws {
        let machine = try await house.machine()
        let successor = try await rotate(machine)
        let cancelled = try await owner.admin(.post, "/api-keys/\(machine.id)/rotate/cancel")
        #expect(cancelled.json["state"] == "active")
        #expect(try await machine.isGood)
        #expect(try await !successor.isGood)
        #expect(try await owner.admin(.post, "/api-keys/\(machine.id)/rotate/cancel").code == "conflict")
        #expect(try await rotate(machine).isGood)
    }

    @Test("an overlap of nothing ends the old secret at once")
    func noOverlap() async throws {
        let machine = try await house.machine()
        let rotated = try await owner.admin(.post, "/api-keys/\(machine.id)/rotate", ["overlap_seconds": 0])
        #expect(rotated.status == 201)
        #expect(try await !machine.isGood)
        #expect(try await house.verify(try rotated.text(of: "key")).json["valid"] == true)
    }

    @Test("a key may rotate itself; repeated under its Idempotency-Key it is shown the same new key")
    func repetition() async throws {
        let machine = try await house.machine([.keysRotate, .productUse])
        let headers: HTTPFields = [.idempotencyKey: "k1"]
        let first = try await machine.admin(.post, "/api-keys/\(machine.id)/rotate", headers: headers)
        let second = try await machine.admin(.post, "/api-keys/\(machine.id)/rotate", headers: headers)
        #expect(first.status == 201)
        #expect(first.appearance == second.appearance)
        let successor = Machine(house: house, tenant: house.acme, id: machine.id, key: try first.text(of: "key"))
        let third = try await successor.admin(.post, "/api-keys/\(machine.id)/rotate", headers: headers)
        #expect(third.appearance == first.appearance)
    }

    private func rotate(_ machine: Machine) async throws -> Machine {
        house.wait(.seconds(1))
        let rotated = try await owner.admin(.post, "/api-keys/\(machine.id)/rotate")
        return Machine(house: house, tenant: house.acme, id: machine.id, key: try rotated.text(of: "key"))
    }
}
