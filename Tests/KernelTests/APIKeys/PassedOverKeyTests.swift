import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Keys that a rotation passes over, and dead ones") struct PassedOverKeyTests {
    @Test("a key that is being rotated already is counted as skipped, and left as it is")
    func beingRotated() async throws {
        let fixture = try await TestTenant.make()
        let (busy, free) = (try await fixture.apiKey("busy").key.id, try await fixture.apiKey("free").key.id)
        _ = try await fixture.apiKeys.rotate(busy, overlapSeconds: 3600, by: .hostOperator(.test())).get()
        let before = try await fixture.stored(busy).secrets.map(\.id)
        let rotations = try await fixture.keyRotations
        let begun = try await rotations.start(KeyFilter(), overlapSeconds: 60, by: .hostOperator(.test())).get()
        #expect(begun.progress.pending == 1)
        #expect(begun.progress.skipped == 1)
        let rotated = try await rotations.advance(begun.id, limit: 10, by: .hostOperator(.test())).get()
        #expect(rotated.map(\.key) == [free])
        let skipped = try await rotations.skippedKeys(in: begun.id)
        #expect(skipped.map(\.key) == [busy] && skipped.first?.name == "busy")
        #expect(skipped.map(\.reason) == [.beingRotated])
        #expect(try await fixture.stored(busy).secrets.map(\.id) == before)
    }

    @Test("a key that allows more than the caller may do is counted as skipped")
    func beyondTheCaller() async throws {
        let fixture = try await TestTenant.make()
        let large = try await fixture.apiKey("large", scopes: [.tenantOwn]).key.id
        _ = try await fixture.apiKey("small", scopes: [.usersRead])
        let caller = Caller(
            actor: .hostOperator, permissions: [.usersRead, .keysRotate], origin: .test())
        let begun = try await fixture.keyRotations.start(KeyFilter(), overlapSeconds: 60, by: caller).get()
        #expect(begun.progress.pending == 1)
        #expect(begun.progress.skipped == 1)
        let skipped = try await fixture.keyRotations.skippedKeys(in: begun.id)
        #expect(skipped.map(\.key) == [large] && skipped.map(\.reason) == [.notPermitted])
    }

    @Test("keys that end or are rotated otherwise before it is their turn are named with the reason")
    func overtaken() async throws {
        let fixture = try await TestTenant.make()
        let host = Caller.hostOperator(.test())
        let ended = try await fixture.apiKey("ended").key.id
        fixture.clock.advance(by: .milliseconds(2))
        let busy = try await fixture.apiKey("busy").key.id
        let rotations = try await fixture.keyRotations
        let begun = try await rotations.start(KeyFilter(), overlapSeconds: 60, by: host).get()
        #expect(try await rotations.skippedKeys(in: begun.id).isEmpty)
        _ = try await fixture.apiKeys.revoke(ended, because: nil, by: host).get()
        _ = try await fixture.rotate(busy, overlapSeconds: 3600)
        #expect(try await rotations.advance(begun.id, limit: 10, by: host).get().isEmpty)
        let skipped = try await rotations.skippedKeys(in: begun.id)
        #expect(skipped.map(\.key) == [ended, busy])
        #expect(skipped.map(\.reason) == [.ended, .beingRotated])
        #expect(try await rotations.skippedKeys(in: begun.id, limit: 1).map(\.key) == [ended])
        let stranger = try await TestTenant.make()
        #expect(try await stranger.keyRotations.skippedKeys(in: begun.id).isEmpty)
    }

    @Test("a refusal names the key that was found, though it is dead")
    func deadKeyIsNamed() async throws {
        let fixture = try await TestTenant.make()
        let issued = try await fixture.apiKey()
        _ = try await fixture.apiKeys.revoke(issued.key.id, because: nil, by: .hostOperator(.test())).get()
        guard case .refused(.revoked, let key) = try await fixture.verify(issued.text) else {
            Issue.record("a revoked key was taken")
            return
        }
        #expect(key == issued.key.id)
    }
}
