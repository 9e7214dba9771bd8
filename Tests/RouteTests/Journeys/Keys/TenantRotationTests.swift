import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

@Suite("Rotating many keys over HTTP") struct TenantRotationTests {
    private let house: House
    private let owner: Person

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
    }

    @Test("is planned, done batch by batch, watched until the old secrets are quiet, and finished")
    func whole() async throws {
        let machines = try await machines(3)
        let started = try await owner.admin(.post, "/api-key-rotations", ["overlap_seconds": 3600])
        #expect(started.status == 201)
        #expect(started.json["state"] == "running" && started.json["progress"]["pending"] == 3)
        #expect(started.json["started_by"].text == "user:\(owner.id)")
        let path = "/api-key-rotations/\(try started.text(of: "id"))"
        let first = try await owner.admin(.post, path + "/next", ["limit": 2])
        #expect(first.status == 201)
        #expect(first.json["data"].list.map { $0["key_id"].text } == machines.prefix(2).map(\.id))
        #expect(first.json["rotation"]["progress"]["rotated"] == 2)
        let rest = try await owner.admin(.post, path + "/next")
        #expect(rest.json["data"].list.count == 1 && rest.json["rotation"]["state"] == "overlapping")
        #expect(try await owner.admin(.post, path + "/next").json["data"] == [])
        for machine in machines { #expect(try await machine.isGood) }
        #expect(try await owner.admin(.get, path).json["old_secrets_in_use"] == [])
        #expect(try await owner.admin(.get, path).json["skipped_keys"] == [])
        // Ids that are made within one millisecond are in no order, and times are rounded.
        house.wait(.milliseconds(2))
        let again = try await owner.admin(.post, "/api-key-rotations").text(of: "id")
        let skipped = try await owner.admin(.get, "/api-key-rotations/\(again)").json["skipped_keys"].list
        #expect(skipped.map { $0["key_id"].text } == machines.map(\.id))
        #expect(skipped.allSatisfy { $0["reason"] == "being_rotated" && $0["name"].text != nil })
        house.wait(.seconds(1))
        #expect(try await machines[1].isGood)
        await house.kernel.keyUses.flush()
        let watched = try await owner.admin(.get, path)
        #expect(watched.json["progress"]["old_in_use"] == 1)
        let inUse = watched.json["old_secrets_in_use"].list
        #expect(inUse.map { $0["key_id"].text } == [machines[1].id])
        #expect(inUse.first?["callers"].list.count == 1)
        let finished = try await owner.admin(.post, path + "/finish")
        #expect(finished.json["state"] == "done" && finished.json["progress"]["overlapping"] == 0)
        for machine in machines { #expect(try await !machine.isGood) }
        for key in try (first.json["data"].list + rest.json["data"].list).map({ try #require($0["key"].text) }) {
            #expect(try await house.verify(key).json["valid"] == true)
        }
        #expect(
            try await owner.admin(.get, "/api-key-rotations").json["data"].list.map { $0["id"].text }
                == [again, started.json["id"].text]
        )
    }

    @Test("cancelled, it takes back what was rotated and leaves what waits as it is")
    func cancel() async throws {
        let machines = try await machines(3)
        let path = "/api-key-rotations/\(try await owner.admin(.post, "/api-key-rotations").text(of: "id"))"
        let rotated = try await owner.admin(.post, path + "/next", ["limit": 1]).json["data"].list
        let cancelled = try await owner.admin(.post, path + "/cancel")
        #expect(cancelled.json["state"] == "cancelled" && cancelled.json["progress"]["cancelled"] == 3)
        for machine in machines { #expect(try await machine.isGood) }
        let key = try #require(rotated.first?["key"].text)
        #expect(try await house.verify(key).json == ["valid": false, "code": "invalid_key"])
        #expect(try await owner.admin(.post, path + "/next").code == "conflict")
    }

    @Test("a filter finds keys by scope, age and the beginning of their name")
    func filter() async throws {
        let old = try await house.machine([.usersRead], name: "billing one")
        house.wait(.seconds(100))
        let young = try await house.machine([.usersRead], name: "billing two")
        let other = try await house.machine([.auditRead], name: "reports")
        let cases: [(JSON, [Machine])] = [
            (["name": "billing*"], [old, young]), (["name": "billing"], []), (["name": "reports"], [other]),
            (["scope": "audit.read"], [other]), (["older_than_seconds": 50], [old]), ([:], [old, young, other]),
        ]
        for (filter, expected) in cases {
            let started = try await owner.admin(.post, "/api-key-rotations", ["filter": filter])
            #expect(started.json["progress"]["pending"] == .number(expected.count), "\(filter)")
            #expect(started.json["filter"] == filter)
        }
    }

    @Test("repeated under its Idempotency-Key, a batch shows the same new keys and rotates no others")
    func repetition() async throws {
        _ = try await machines(2)
        let headers: HTTPFields = [.idempotencyKey: "k1"]
        let started = try await owner.admin(.post, "/api-key-rotations", headers: headers)
        #expect(try await owner.admin(.post, "/api-key-rotations", headers: headers).appearance == started.appearance)
        let path = "/api-key-rotations/\(try started.text(of: "id"))/next"
        let first = try await owner.admin(.post, path, ["limit": 1], headers: headers)
        let second = try await owner.admin(.post, path, ["limit": 1], headers: headers)
        #expect(first.status == 201)
        #expect(first.appearance == second.appearance)
    }

    @Test("hands out every new key, whenever the database goes away in between", arguments: [false, true])
    func outage(isRepeatable: Bool) async throws {
        _ = try await machines(24)
        let path = "/api-key-rotations/\(try await owner.admin(.post, "/api-key-rotations").text(of: "id"))"
        var (shown, answers): ([String], Set<Int>) = ([], [])
        for roundTrips in 0..<16 {
            house.watch.goAway(after: roundTrips)
            let headers: HTTPFields = isRepeatable ? [.idempotencyKey: "k\(roundTrips)"] : [:]
            let answer = try await owner.admin(.post, path + "/next", ["limit": 3], headers: headers)
            house.watch.comeBack()
            answers.insert(answer.status)
            shown += answer.json["data"].list.compactMap { $0["key"].text }
            let progress = try await owner.admin(.get, path).json["progress"]
            #expect(progress["rotated"].number == shown.count, "\(roundTrips): \(answer.status)")
        }
        #expect(answers == [201, 503])
        #expect(Set(shown).count == shown.count && shown.count > 6)
        for key in shown { #expect(try await house.verify(key).json["valid"] == true) }
    }

    @Test("leaves out keys that allow more than the caller may do himself")
    func subset() async throws {
        let strong = try await house.machine([.tenantOwn])
        let admin = try await house.person(at: house.acme, "admin")
        let weak = try await house.machine([.usersRead])
        let path = "/api-key-rotations/\(try await admin.admin(.post, "/api-key-rotations").text(of: "id"))/next"
        let rotated = try await admin.admin(.post, path)
        #expect(rotated.json["data"].list.map { $0["key_id"].text } == [weak.id])
        #expect(try await strong.isGood)
    }

    private func machines(_ count: Int) async throws -> [Machine] {
        var machines: [Machine] = []
        for number in 0..<count {
            machines.append(try await house.machine(name: "key \(number)"))
            house.wait(.milliseconds(2))
        }
        return machines
    }
}
