import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Signing keys")
struct SigningKeyTests {
    @Test("a token verifies by what the key set publishes, with every algorithm", arguments: SigningAlgorithm.allCases)
    func algorithms(_ algorithm: SigningAlgorithm) async throws {
        let tenant = try await TestTenant.make("policy: {signing_key: {algorithm: \(algorithm.rawValue)}}")
        let token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        let keys = try await tenant.keys()
        let key = try #require(keys.published.first { .text($0.publicKey.kid) == token.header["kid"] }).publicKey
        #expect(token.header["alg"] == .text(key.alg))
        #expect(try key.verifies(token))
        let others = keys.published.map(\.publicKey).filter { $0.kid != key.kid }
        #expect(try others.map { try $0.verifies(token) } == [false])
    }

    @Test("what is published holds no private part", arguments: SigningAlgorithm.allCases)
    func publicOnly(_ algorithm: SigningAlgorithm) async throws {
        let tenant = try await TestTenant.make("policy: {signing_key: {algorithm: \(algorithm.rawValue)}}")
        let json = try JSONEncoder().encode(try await tenant.keys().active.publicKey)
        let members = try JSONDecoder().decode([String: String].self, from: json)
        let expected: Set<String> =
            switch algorithm {
            case .es256: ["kty", "kid", "use", "alg", "crv", "x", "y"]
            case .eddsa: ["kty", "kid", "use", "alg", "crv", "x"]
            case .rs256: ["kty", "kid", "use", "alg", "n", "e"]
            }
        #expect(Set(members.keys) == expected)
    }

    @Test("two keys are live: one signs, the next is published already")
    func two() async throws {
        let tenant = try await TestTenant.make()
        let keys = try await tenant.keys()
        #expect(keys.published.map(\.state).sorted { $0.rawValue < $1.rawValue } == [.active, .next])
        #expect(keys.active.activatedAt == tenant.clock.now)
    }

    @Test("rotation lets the key sign that was published before, and keeps the old one for what it signed")
    func rotation() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.signedIn().tokens.accessToken.text
        let before = try await tenant.keys()
        let next = try #require(before.published.first { $0.state == .next })
        let after = try await tenant.services.signingKeys.rotate(tenant.tenant)
        #expect(after.active.id == next.id)
        #expect(after.published.first { $0.id == before.active.id }?.state == .retired)
        #expect(after.published.count == 3)
        #expect(try await tenant.verify(token) != nil)
    }

    @Test("a retired key is published until nothing it signed can be valid, and not longer")
    func retirement() async throws {
        let tenant = try await TestTenant.make()
        let old = try await tenant.keys().active.id
        _ = try await tenant.services.signingKeys.rotate(tenant.tenant)
        tenant.clock.advance(by: .seconds(7199))
        #expect(try await tenant.keys().published.map(\.id).contains(old))
        tenant.clock.advance(by: .seconds(61))
        #expect(try await !tenant.keys().published.map(\.id).contains(old))
    }

    @Test("a key that has reached its age makes room by itself, and not before")
    func age() async throws {
        let tenant = try await TestTenant.make("policy: {signing_key: {rotate_every: 1d}}")
        let first = try await tenant.keys()
        tenant.clock.advance(by: .seconds(86_399))
        #expect(try await tenant.keys().active.id == first.active.id)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.keys().active.id == first.published.first { $0.state == .next }?.id)
    }

    @Test("nodes that start at once agree on one pair of keys")
    func nodes() async throws {
        let tenant = try await TestTenant.make()
        let nodes = [tenant.services, try await tenant.anotherNode(), try await tenant.anotherNode()]
        let sets = try await inParallel(12) { try await nodes[$0 % 3].signingKeys.keys(of: tenant.tenant) }
        #expect(Set(sets.map(\.active.id)).count == 1)
        #expect(Set(sets.map { Set($0.published.map(\.id)) }).count == 1)
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.signing_keys") == "2")
    }

    @Test("nodes that find a key overdue at once rotate it once")
    func overdueOnNodes() async throws {
        let tenant = try await TestTenant.make("policy: {signing_key: {rotate_every: 1d}}")
        let nodes = [tenant.services, try await tenant.anotherNode()]
        for node in nodes { _ = try await node.signingKeys.keys(of: tenant.tenant) }
        tenant.clock.advance(by: .seconds(86_400))
        let sets = try await inParallel(8) { try await nodes[$0 % 2].signingKeys.keys(of: tenant.tenant) }
        #expect(Set(sets.map(\.active.id)).count == 1)
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.signing_keys") == "3")
    }

    @Test("a node verifies at once what another node signs after a rotation")
    func otherNodesRotation() async throws {
        let tenant = try await TestTenant.make()
        let other = try await tenant.anotherNode()
        _ = try await other.signingKeys.keys(of: tenant.tenant)
        for _ in 0..<3 { _ = try await tenant.services.signingKeys.rotate(tenant.tenant) }
        tenant.clock.advance(by: .seconds(1))
        let token = try await tenant.signedIn().tokens.accessToken.text
        #expect(try await other.accessTokens(of: tenant.tenant).verify(token) != nil)
    }

    @Test("every change of keys is recorded once, under the key that signs since")
    func audit() async throws {
        let tenant = try await TestTenant.make()
        let node = try await tenant.anotherNode()
        let first = try await inParallel(4) {
            try await ($0 % 2 == 0 ? tenant.services : node).signingKeys.keys(of: tenant.tenant)
        }
        tenant.clock.advance(by: .seconds(1))
        let second = try await tenant.services.signingKeys.rotate(tenant.tenant)
        let subjects = try await tenant.events(.signingKeyRotated).map(\.subject)
        #expect(subjects == [second.active.id.description, first[0].active.id.description])
    }

    @Test("a tenant's keys are its own")
    func otherTenant() async throws {
        let (one, other) = (try await TestTenant.make(), try await TestTenant.make())
        let (ours, theirs) = (try await one.keys(), try await other.keys())
        #expect(Set(ours.published.map(\.id)).isDisjoint(with: theirs.published.map(\.id)))
        #expect(Set(ours.published.map(\.publicKey.x)).isDisjoint(with: theirs.published.map(\.publicKey.x)))
    }
}

extension TestTenant {
    fileprivate func keys() async throws -> SigningKeySet { try await services.signingKeys.keys(of: tenant) }
}
