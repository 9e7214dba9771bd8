import DatabaseTesting
import Foundation
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

@Suite("A request with an Idempotency-Key that breaks off") struct BrokenOffTests {
    private let house: House
    private let owner: Person
    private let headers: HTTPFields = [.idempotencyKey: "k1"]

    init() async throws {
        house = try await House.open()
        owner = try await house.owner()
        // What a tenant's first key brings with it is there already.
        _ = try await house.machine()
    }

    @Test("after the commit: a repeat shows the key that was made, and makes no other")
    func madeKey() async throws {
        let first = try await losing(.afterCommit) { try await makeKey() }
        #expect(first.code == "unavailable")
        let repeated = try await makeKey()
        #expect(repeated.status == 201)
        #expect(try await house.verify(try repeated.text(of: "key")).json["valid"] == true)
        #expect(try await makeKey().appearance == repeated.appearance)
        #expect(try await keys().count == 1)
    }

    @Test("after the commit: a repeat shows the new secret, and rotates no further")
    func rotatedKey() async throws {
        let machine = try await house.machine()
        let first = try await losing(.afterCommit) { try await rotate(machine) }
        #expect(first.code == "unavailable")
        let repeated = try await rotate(machine)
        #expect(repeated.status == 201)
        #expect(try await house.verify(try repeated.text(of: "key")).json["valid"] == true)
        #expect(try await rotate(machine).appearance == repeated.appearance)
    }

    @Test("after the commit: a repeat shows all new secrets of a batch, and rotates no further")
    func rotatedBatch() async throws {
        let machines = try await [house.machine(), house.machine()]
        let rotation = try await startRotation()
        let first = try await losing(.afterCommit) { try await next(of: rotation) }
        #expect(first.code == "unavailable")
        let repeated = try await next(of: rotation)
        #expect(repeated.status == 201)
        let handedOut = repeated.json["data"].list
        #expect(Set(handedOut.compactMap { $0["key_id"].text }).isSuperset(of: machines.map(\.id)))
        for key in handedOut.compactMap({ $0["key"].text }) {
            #expect(try await house.verify(key).json["valid"] == true)
        }
        #expect(try await next(of: rotation).appearance == repeated.appearance)
    }

    @Test("before the commit: no key of a batch has lost its secret, and a repeat after a minute rotates all")
    func unrotatedBatch() async throws {
        let machines = try await [house.machine(), house.machine()]
        let rotation = try await startRotation()
        _ = try await losing(.beforeCommit) { try await next(of: rotation) }
        for machine in machines { #expect(try await machine.isGood) }
        house.wait(.seconds(61))
        #expect(try await next(of: rotation).json["data"].list.count >= machines.count)
        for machine in machines { #expect(try await !machine.isGood) }
    }

    @Test("before the commit: the key stays taken for a minute, and then the deed is done once")
    func unmadeKey() async throws {
        _ = try await losing(.beforeCommit) { try await makeKey() }
        #expect(try await keys().isEmpty)
        let early = try await makeKey()
        #expect(early.code == "idempotency_in_progress")
        #expect(try early.text(of: "detail").contains("new key"))
        house.wait(.seconds(61))
        #expect(try await makeKey().status == 201)
        #expect(try await keys().count == 1)
    }

    @Test("before the commit: a key that was not rotated is rotated by a repeat after a minute")
    func unrotatedKey() async throws {
        let machine = try await house.machine()
        _ = try await losing(.beforeCommit) { try await rotate(machine) }
        house.wait(.seconds(61))
        let repeated = try await rotate(machine)
        #expect(repeated.status == 201)
        #expect(try await house.verify(try repeated.text(of: "key")).json["valid"] == true)
    }

    @Test("before the deed began: a key that is claimed by a process that died is free after a minute")
    func killedBeforeDeed() async throws {
        let body = try Self.body.written
        let claim = try await house.acme.services.idempotency(of: house.acme.tenant).claim(
            key: "k1", credential: owner.id, route: "POST \(house.acme.administration("/api-keys"))",
            request: Array(body.utf8), mayBeDoneAnew: true)
        guard case .fresh = claim else { throw DatabaseError.unavailable }
        #expect(try await makeKey().code == "idempotency_in_progress")
        house.wait(.seconds(61))
        #expect(try await makeKey().status == 201)
    }

    @Test("is not done again where the answer is kept behind the deed, done or not", arguments: [true, false])
    func otherDeeds(_ isDone: Bool) async throws {
        let loss = isDone ? DatabaseWatch.Loss.afterCommit : .beforeCommit
        let first = try await losing(loss) { try await owner.repeatable("/invitations", "bob@example.com", key: "k1") }
        #expect(first.code == "unavailable")
        for seconds in [0, 61, 3600] {
            house.wait(.seconds(seconds))
            let claim = try await house.acme.services.idempotency(of: house.acme.tenant).claim(
                key: "k1", credential: owner.id, route: "POST \(house.acme.administration("/invitations"))",
                request: Array(try (["login": "bob@example.com"] as JSON).written.utf8))
            switch claim {
            case .stillRunning: #expect(seconds == 0)
            case .leftOpen: #expect(seconds > 0)
            default: Issue.record("it would be done again after \(seconds) seconds")
            }
        }
    }

    @Test("is told what to do where nobody knows whether it was done")
    func leftOpen() async throws {
        _ = try await losing(.afterCommit) { try await owner.repeatable("/users", "bob@example.com", key: "k1") }
        house.wait(.seconds(61))
        let repeated = try await owner.repeatable("/users", "bob@example.com", key: "k1")
        #expect(repeated.code == "idempotency_in_progress")
        #expect(try repeated.text(of: "detail").contains("it is not known whether it was done"))
        #expect(repeated.headers[.retryAfter] == nil)
    }

    @Test("keeps nobody of another tenant from the same key")
    func otherTenant() async throws {
        _ = try await losing(.beforeCommit) { try await makeKey() }
        let stranger = try await house.person(at: house.rival, "owner")
        #expect(try await stranger.admin(.post, "/api-keys", Self.body, headers: headers).status == 201)
        #expect(try await makeKey().code == "idempotency_in_progress")
    }

    // MARK: Parts

    private static let body: JSON = ["name": "reports", "scopes": ["users.read"]]

    private func makeKey() async throws -> Answer {
        try await owner.admin(.post, "/api-keys", Self.body, headers: headers)
    }

    private func rotate(_ machine: Machine) async throws -> Answer {
        try await owner.admin(.post, "/api-keys/\(machine.id)/rotate", headers: headers)
    }

    /// Of all keys, with no overlap: whoever loses a new secret loses the key.
    private func startRotation() async throws -> String {
        try await owner.admin(.post, "/api-key-rotations", ["overlap_seconds": 0]).text(of: "id")
    }

    private func next(of rotation: String) async throws -> Answer {
        try await owner.admin(.post, "/api-key-rotations/\(rotation)/next", headers: headers)
    }

    private func keys() async throws -> [JSON] {
        try await owner.admin(.get, "/api-keys").json["data"].list.filter { $0["name"] == "reports" }
    }

    /// What `body` is answered while the first transaction loses its connection, and all is well again behind it.
    private func losing(_ loss: DatabaseWatch.Loss, _ body: () async throws -> Answer) async throws -> Answer {
        house.watch.loseNextTransaction(loss)
        defer { house.watch.comeBack() }
        return try await body()
    }
}
