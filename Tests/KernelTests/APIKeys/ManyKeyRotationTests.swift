import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The rotation of many API keys")
struct ManyKeyRotationTests {
    private let caller = Caller.hostOperator(.test())

    @Test("finds keys by age, scope and name, and by all of them together")
    func filters() async throws {
        let tenant = try await TestTenant.make()
        let old = try await tenant.apiKey("ci-old", scopes: [.usersRead])
        tenant.clock.advance(by: .seconds(100))
        let young = try await tenant.apiKey("ci-young", scopes: [.usersRead, .auditRead])
        let odd = try await tenant.apiKey("50%_off", scopes: [.auditRead])
        let plain = try await tenant.apiKey("50 off", scopes: [.auditRead])
        let all = Set([old, young, odd, plain].map(\.key.id))
        let cases: [(KeyFilter, Set<KeyID>)] = [
            (KeyFilter(), all), (KeyFilter(name: "*"), all),
            (KeyFilter(olderThanSeconds: 0), all), (KeyFilter(olderThanSeconds: 1), [old.key.id]),
            (KeyFilter(olderThanSeconds: 100), [old.key.id]), (KeyFilter(olderThanSeconds: 101), []),
            (KeyFilter(scope: .usersRead), [old.key.id, young.key.id]),
            (KeyFilter(scope: .rolesRead), []),
            (KeyFilter(name: "ci-old"), [old.key.id]), (KeyFilter(name: "ci-"), []), (KeyFilter(name: "CI-OLD"), []),
            (KeyFilter(name: "ci-*"), [old.key.id, young.key.id]), (KeyFilter(name: "ci-old*"), [old.key.id]),
            (KeyFilter(name: "50%_off"), [odd.key.id]), (KeyFilter(name: "50%_*"), [odd.key.id]),
            (KeyFilter(name: "50*"), [odd.key.id, plain.key.id]), (KeyFilter(name: "%*"), []),
            (KeyFilter(name: "_*"), []), (KeyFilter(name: "*-old"), []),
            (KeyFilter(olderThanSeconds: 1, scope: .auditRead, name: "ci-*"), []),
            (KeyFilter(scope: .auditRead, name: "ci-*"), [young.key.id]),
        ]
        for (filter, expected) in cases {
            let started = try await tenant.keyRotations.start(filter, overlapSeconds: nil, by: caller).get()
            #expect(started.filter == filter)
            let steps = try await tenant.database.rows(ListPendingSteps(rotation: started.id, limit: 99))
            #expect(Set(steps) == expected, "\(filter)")
            #expect(started.progress.pending == expected.count)
        }
    }

    @Test("takes no key that allows more than the caller may do, is at its end, or is being rotated")
    func leftOut() async throws {
        let tenant = try await TestTenant.make()
        let (mine, wider) = (try await tenant.apiKey(), try await tenant.apiKey(scopes: [.usersRead, .auditRead]))
        let (rotating, revoked) = (try await tenant.apiKey(), try await tenant.apiKey())
        _ = try await tenant.apiKey(lifetimeSeconds: 10)
        _ = try await tenant.rotate(rotating.key.id)
        _ = try await tenant.apiKeys.revoke(revoked.key.id, because: nil, by: caller).get()
        tenant.clock.advance(by: .seconds(10))
        let rotations = try await tenant.keyRotations
        for (may, expected) in [([.usersRead], [mine]), ([.usersRead, .auditRead], [mine, wider]), ([], [])]
            as [(Set<Permission>, [IssuedAPIKey])]
        {
            let started = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: .anybody(may)).get()
            let steps = try await tenant.database.rows(ListPendingSteps(rotation: started.id, limit: 99))
            #expect(Set(steps) == Set(expected.map(\.key.id)))
        }
    }

    @Test("goes on part by part, and its numbers tell how far it is")
    func progress() async throws {
        let tenant = try await TestTenant.make()
        var old: [KeyID: SecretText] = [:]
        for _ in 0..<5 {
            let issued = try await tenant.apiKey()
            old[issued.key.id] = issued.text
        }
        let rotations = try await tenant.keyRotations
        let id = try await rotations.start(KeyFilter(), overlapSeconds: 100, by: caller).get().id
        var rotated: [RotatedAPIKey] = []
        for (count, pending, state) in [
            (2, 3, "running"), (2, 1, "running"), (1, 0, "overlapping"), (0, 0, "overlapping"),
        ] {
            let part = try await rotations.advance(id, limit: 2, by: caller).get()
            #expect(part.count == count)
            rotated += part
            let rotation = try #require(try await rotations.rotation(id))
            #expect((rotation.progress.pending, rotation.progress.rotated) == (pending, rotated.count))
            #expect((rotation.progress.overlapping, rotation.progress.total) == (rotated.count, 5))
            #expect(rotation.state.rawValue == state)
        }
        #expect(Set(rotated.map(\.key)) == Set(old.keys))
        for key in rotated {
            for text in [key.text, old[key.key]] { #expect(try await tenant.refusal(of: try #require(text)) == nil) }
        }
        #expect(try await rotations.rotation(id)?.progress.endsAt == tenant.clock.now.addingTimeInterval(100))
        tenant.clock.advance(by: .seconds(100))
        #expect(try await rotations.rotation(id)?.state == .done)
        #expect(try await rotations.list(before: nil, limit: 9).map(\.id) == [id])
    }

    @Test("rotates each key once, however many go on with it at once and on however many nodes")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        let other = try await tenant.served(by: try await tenant.anotherNode())
        let issued = try await inParallel(24) { _ in try await tenant.apiKey() }
        let id = try await tenant.keyRotations.start(KeyFilter(), overlapSeconds: 100, by: caller).get().id
        let parts = try await inParallel(6) { number in
            try await (number % 2 == 0 ? tenant : other).keyRotations.advance(id, limit: 24, by: caller).get()
        }
        let rotated = parts.flatMap { $0 }
        #expect(rotated.count == 24)
        #expect(Set(rotated.map(\.key)) == Set(issued.map(\.key.id)))
        for text in rotated.map(\.text) + issued.map(\.text) { #expect(try await tenant.refusal(of: text) == nil) }
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.api_key_secrets") == "48")
        #expect(try await tenant.keyRotations.rotation(id)?.progress.skipped == 0)
        #expect(try await tenant.events(.apiKeyRotated).count == 24)
    }

    @Test("passes over keys that ended or were rotated before it was their turn")
    func skipped() async throws {
        let tenant = try await TestTenant.make()
        let (revoked, deleted) = (try await tenant.apiKey(), try await tenant.apiKey())
        let (rotated, left) = (try await tenant.apiKey(), try await tenant.apiKey())
        let rotations = try await tenant.keyRotations
        let id = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        _ = try await tenant.apiKeys.revoke(revoked.key.id, because: nil, by: caller).get()
        _ = try await tenant.apiKeys.delete(deleted.key.id, by: caller).get()
        _ = try await tenant.rotate(rotated.key.id)
        #expect(try await rotations.advance(id, limit: 9, by: caller).get().map(\.key) == [left.key.id])
        let progress = try #require(try await rotations.rotation(id)?.progress)
        #expect((progress.skipped, progress.rotated, progress.pending) == (3, 1, 0))
        #expect(try await tenant.refusal(of: rotated.text) == nil)
    }

    @Test("leaves keys waiting that are not for whoever goes on with it to touch")
    func lesserCaller() async throws {
        let tenant = try await TestTenant.make()
        let (mine, wider) = (try await tenant.apiKey(), try await tenant.apiKey(scopes: [.usersRead, .auditRead]))
        let rotations = try await tenant.keyRotations
        let id = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        let lesser = Caller.anybody([.usersRead])
        #expect(try await rotations.advance(id, limit: 9, by: lesser).get().map(\.key) == [mine.key.id])
        #expect(try await rotations.advance(id, limit: 9, by: lesser).get().isEmpty)
        #expect(try await rotations.rotation(id)?.progress.pending == 1)
        #expect(try await rotations.advance(id, limit: 9, by: caller).get().map(\.key) == [wider.key.id])
    }

    @Test("is taken back: what waits keeps its secret, what was rotated gets the old one back")
    func cancel() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await inParallel(4) { _ in try await tenant.apiKey() }
        let rotations = try await tenant.keyRotations
        let id = try await rotations.start(KeyFilter(), overlapSeconds: 100, by: caller).get().id
        let rotated = try await rotations.advance(id, limit: 2, by: caller).get()
        for text in rotated.map(\.text) { #expect(try await tenant.refusal(of: text) == nil) }
        let cancelled = try await rotations.cancel(id, by: caller).get()
        #expect((cancelled.state, cancelled.progress.cancelled) == (.cancelled, 4))
        for text in rotated.map(\.text) { #expect(try await tenant.refusal(of: text) == .replaced) }
        tenant.clock.advance(by: .seconds(200))
        for key in issued { #expect(try await tenant.refusal(of: key.text) == nil) }
        #expect(try await rotations.advance(id, limit: 9, by: caller).refusal == .noRotation)
        #expect(try await rotations.cancel(id, by: caller).get().state == .cancelled)
    }

    @Test("that is taken back while it goes on leaves no key without a good secret, nor any with two")
    func cancelWhileAdvancing() async throws {
        let tenant = try await TestTenant.make()
        for _ in 0..<4 {
            let issued = try await inParallel(8) { _ in try await tenant.apiKey() }
            let id = try await tenant.keyRotations.start(KeyFilter(), overlapSeconds: 100, by: caller).get().id
            let parts = try await inParallel(3) { number in
                if number == 2 {
                    _ = try await tenant.keyRotations.cancel(id, by: caller).get()
                    return [RotatedAPIKey]()
                }
                return (try? await tenant.keyRotations.advance(id, limit: 9, by: caller).get()) ?? []
            }
            // Whatever was rotated past the first look is taken back by another.
            _ = try await tenant.keyRotations.cancel(id, by: caller).get()
            for key in issued { #expect(try await tenant.refusal(of: key.text) == nil) }
            for key in parts.flatMap({ $0 }) { #expect(try await tenant.refusal(of: key.text) == .replaced) }
            let progress = try #require(try await tenant.keyRotations.rotation(id)?.progress)
            #expect((progress.cancelled, progress.total) == (8, 8))
            for key in issued { _ = try await tenant.apiKeys.delete(key.key.id, by: caller).get() }
        }
    }

    @Test("is finished: the old secrets of what was rotated are dead, and what waits keeps waiting")
    func finish() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await inParallel(3) { _ in try await tenant.apiKey() }
        let rotations = try await tenant.keyRotations
        let id = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        let rotated = try await rotations.advance(id, limit: 2, by: caller).get()
        let finished = try await rotations.finish(id, by: caller).get()
        #expect((finished.progress.overlapping, finished.progress.pending) == (0, 1))
        let turned = Set(rotated.map(\.key))
        for key in issued {
            #expect(try await tenant.refusal(of: key.text) == (turned.contains(key.key.id) ? .replaced : nil))
        }
        for key in rotated { #expect(try await tenant.refusal(of: key.text) == nil) }
        #expect(try await rotations.advance(id, limit: 9, by: caller).get().count == 1)
    }

    @Test("in one transaction leaves all keys as they were where one of them fails")
    func together() async throws {
        let tenant = try await TestTenant.make()
        let issued = [try await tenant.apiKey("one"), try await tenant.apiKey("two")]
        let id = try await tenant.keyRotations.start(KeyFilter(), overlapSeconds: 0, by: caller).get().id
        // What comes last fails, when both keys have new secrets already.
        let broken = tenant.opened(as: tenant.tenant.failing(at: SetKeyAlarm.self))
        await #expect(throws: (any Error).self) {
            try await broken.keyRotations.advanceTogether(id, limit: 9, by: caller)
        }
        for key in issued { #expect(try await tenant.refusal(of: key.text) == nil) }
        let advanced = try await tenant.keyRotations.advanceTogether(id, limit: 9, by: caller).get()
        #expect(advanced.rotated.count == 2 && advanced.rotation.progress.pending == 0)
        for key in advanced.rotated { #expect(try await tenant.refusal(of: key.text) == nil) }
        for key in issued { #expect(try await tenant.refusal(of: key.text) == .replaced) }
    }

    @Test("in one transaction hands each key out once, however many ask at a time, and passes over what is not theirs")
    func togetherAtOnce() async throws {
        let tenant = try await TestTenant.make()
        for number in 1...9 { _ = try await tenant.apiKey("key \(number)") }
        let more = try await tenant.apiKey("more", scopes: [.usersRead, .keysRead])
        let rotations = try await tenant.keyRotations
        let id = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        let lesser = Caller.anybody([.keysRotate, .usersRead])
        let batches = try await inParallel(4) { _ in
            try await rotations.advanceTogether(id, limit: 3, by: lesser).get().rotated.map(\.key)
        }
        let handedOut = batches.flatMap { $0 }
        #expect(Set(handedOut).count == handedOut.count)
        #expect(!handedOut.contains(more.key.id))
        _ = try await rotations.advanceTogether(id, limit: 9, by: lesser).get()
        #expect(try await rotations.rotation(id)?.progress.pending == 1)
    }

    @Test("tells which old secrets are used still, and by whom")
    func inUse() async throws {
        let tenant = try await TestTenant.make()
        let (used, quiet) = (try await tenant.apiKey("used"), try await tenant.apiKey("quiet"))
        for key in [used, quiet] { #expect(try await tenant.refusal(of: key.text, from: "192.0.2.9") == nil) }
        await tenant.services.keyUses.flush()
        tenant.clock.advance(by: .seconds(1))
        let rotations = try await tenant.keyRotations
        let id = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        let rotated = try await rotations.advance(id, limit: 9, by: caller).get()
        for text in rotated.map(\.text) { #expect(try await tenant.refusal(of: text) == nil) }
        await tenant.services.keyUses.flush()
        #expect(try await rotations.oldSecretsInUse(in: id).isEmpty)
        tenant.clock.advance(by: .microseconds(100))
        #expect(try await tenant.refusal(of: used.text, from: "192.0.2.1") == nil)
        await tenant.services.keyUses.flush()
        let inUse = try await rotations.oldSecretsInUse(in: id)
        #expect(inUse.map(\.secret) == [used.secret])
        #expect((inUse.first?.name, inUse.first?.lastUsedAt) == ("used", tenant.clock.now))
        // The other caller has changed over.
        #expect(inUse.first?.callers.map(\.address) == ["192.0.2.1"])
        #expect(try await rotations.rotation(id)?.progress.oldInUse == 1)
        _ = try await rotations.finish(id, by: caller).get()
        #expect(try await rotations.oldSecretsInUse(in: id).isEmpty)
    }

    @Test("that nobody knows is not found")
    func unknown() async throws {
        let rotations = try await TestTenant.make().keyRotations
        let id = KeyRotationID.make(at: TestTenant.start)
        #expect(try await rotations.rotation(id) == nil)
        #expect(try await rotations.advance(id, limit: 1, by: caller).refusal == .notFound)
        #expect(try await rotations.finish(id, by: caller).refusal == .notFound)
        #expect(try await rotations.cancel(id, by: caller).refusal == .notFound)
    }
}
