import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("API keys of another tenant")
struct KeyIsolationTests {
    @Test("are not found by their ids, whatever is to be done with them, and stay as they are")
    func keys() async throws {
        let home = try await RotatingTenant.make()
        let stranger = try await TestTenant.make()
        _ = try await stranger.apiKey()
        let before = try await home.tenant.rows()
        let (keys, caller) = (try await stranger.apiKeys, Caller.hostOperator(.test()))
        for id in [home.rotating, home.waiting] {
            #expect(try await keys.key(id) == nil)
            #expect(try await keys.update(id, to: APIKeyChanges(name: "n"), by: caller).refusal == .notFound)
            #expect(try await keys.rotate(id, overlapSeconds: 0, by: caller).refusal == .notFound)
            #expect(try await keys.finishRotation(of: id, by: caller).refusal == .notFound)
            #expect(try await keys.cancelRotation(of: id, by: caller).refusal == .notFound)
            #expect(try await keys.revoke(id, because: nil, by: caller).refusal == .notFound)
            #expect(try await keys.delete(id, by: caller).refusal == .notFound)
        }
        #expect(try await keys.list(after: nil, limit: 50).count == 1)
        let theirs = try await home.tenant.stored(home.rotating)
        #expect(try await keys.callers(of: theirs).isEmpty)
        #expect(try await APIKeys.overdue(in: stranger.database, at: .distantFuture, limit: 9).count == 1)
        #expect(try await home.tenant.rows() == before)
    }

    @Test("are rotated by none but their own tenant's rotations")
    func rotations() async throws {
        let home = try await RotatingTenant.make()
        let stranger = try await TestTenant.make()
        let before = try await home.tenant.rows()
        let (rotations, caller) = (try await stranger.keyRotations, Caller.hostOperator(.test()))
        #expect(try await rotations.rotation(home.rotation) == nil)
        #expect(try await rotations.list(before: nil, limit: 50).isEmpty)
        #expect(try await rotations.advance(home.rotation, limit: 9, by: caller).refusal == .notFound)
        #expect(try await rotations.finish(home.rotation, by: caller).refusal == .notFound)
        #expect(try await rotations.cancel(home.rotation, by: caller).refusal == .notFound)
        #expect(try await rotations.oldSecretsInUse(in: home.rotation).isEmpty)
        let own = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get()
        #expect(own.progress.total == 0)
        #expect(try await home.tenant.rows() == before)
    }

    @Test("are unknown where they do not belong, on the very node that remembers them as good")
    func verification() async throws {
        // Keys of both are written the same way, so that the form gives nothing away.
        let settings = "api_keys: {prefix: same}"
        let home = try await TestTenant.make(settings, remembersKeys: true)
        let made = try await TestTenant.make(settings)
        let stranger = try await made.served(by: home.services)
        let (ours, theirs) = (try await home.apiKey(), try await stranger.apiKey())
        for _ in 0..<2 {
            #expect(try await home.refusal(of: ours.text) == nil)
            #expect(try await stranger.refusal(of: theirs.text) == nil)
            #expect(try await home.refusal(of: theirs.text) == .unknown)
            #expect(try await stranger.refusal(of: ours.text) == .unknown)
        }
        #expect(home.services.keyCache.count == 2)
    }

    @Test("stay remembered when this one's are forgotten")
    func forgetting() async throws {
        let home = try await TestTenant.make(remembersKeys: true)
        let other = try await (try await TestTenant.make()).served(by: home.services)
        let (ours, theirs) = (try await home.apiKey(), try await other.apiKey())
        for (tenant, issued) in [(home, ours), (other, theirs)] {
            #expect(try await tenant.refusal(of: issued.text) == nil)
        }
        let person = try await home.person()
        _ = try await home.people.suspend(person.id, by: .hostOperator(.test())).get()
        #expect(home.services.keyCache.count == 1)
        let counter = CountingDatabase(other.database)
        let counted = other.opened(as: other.tenant.on(counter))
        let trips = try await counter.roundTrips {
            let refusal = try await counted.refusal(of: theirs.text)
            #expect(refusal == nil)
        }
        #expect(trips.isEmpty)
    }

    @Test("are ended by no report of a leak that was made elsewhere")
    func leaks() async throws {
        let settings = "api_keys: {prefix: same}"
        let (home, stranger) = (try await TestTenant.make(settings), try await TestTenant.make(settings))
        let issued = try await home.apiKey()
        _ = try await stranger.apiKey()
        let before = try await home.rows()
        try await stranger.services.leakReports(of: stranger.tenant).report(issued.text, from: .test())
        #expect(try await home.rows() == before)
        #expect(try await stranger.events(.apiKeyLeaked).isEmpty)
        #expect(try await home.refusal(of: issued.text) == nil)
    }
}

/// A tenant in the midst of a rotation: one key has both secrets, another waits for its turn.
struct RotatingTenant {
    let tenant: TestTenant
    let rotation: KeyRotationID
    let rotating: KeyID
    let waiting: KeyID

    static func make() async throws -> RotatingTenant {
        let tenant = try await TestTenant.make()
        let (first, second) = (try await tenant.apiKey(), try await tenant.apiKey())
        let caller = Caller.hostOperator(.test())
        let rotations = try await tenant.keyRotations
        let rotation = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        let rotated = try await rotations.advance(rotation, limit: 1, by: caller).get()[0].key
        tenant.clock.advance(by: .seconds(1))
        for issued in [first, second] { _ = try await tenant.verify(issued.text) }
        await tenant.services.keyUses.flush()
        let waiting = rotated == first.key.id ? second.key.id : first.key.id
        return RotatingTenant(tenant: tenant, rotation: rotation, rotating: rotated, waiting: waiting)
    }
}
