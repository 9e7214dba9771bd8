import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The rotation of one API key")
struct OneKeyRotationTests {
    private let caller = Caller.hostOperator(.test())

    @Test("leaves both secrets good for the overlap, each with its own uses and callers")
    func overlap() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        tenant.clock.advance(by: .seconds(1))
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 1000)
        #expect(rotated.previousEndsAt == tenant.clock.now.addingTimeInterval(1000))
        tenant.clock.advance(by: .seconds(1))
        for address in ["192.0.2.1", "192.0.2.2"] {
            #expect(try await tenant.refusal(of: issued.text, from: address) == nil)
        }
        #expect(try await tenant.verify(rotated.text, from: "192.0.2.3").key?.secret == rotated.secret)
        await tenant.services.keyUses.flush()
        let key = try await tenant.stored(issued.key.id)
        #expect(key.state(at: tenant.clock.now) == .rotating)
        #expect((key.current?.id, key.replaced(at: tenant.clock.now)?.id) == (rotated.secret, issued.secret))
        #expect(key.secrets.map(\.useCount) == [1, 2])
        let callers = try await tenant.apiKeys.callers(of: key)
        let bySecret = Dictionary(grouping: callers, by: \.secret).mapValues { Set($0.map(\.address)) }
        #expect(bySecret == [issued.secret: ["192.0.2.1", "192.0.2.2"], rotated.secret: ["192.0.2.3"]])
        let event = try #require(try await tenant.events(.apiKeyRotated).first)
        #expect(event.details["new_secret"] == rotated.secret.description)
    }

    @Test("takes the policy's overlap where none is named")
    func policy() async throws {
        let tenant = try await TestTenant.make("api_keys: {overlap: 2h}")
        let rotated = try await tenant.rotate(try await tenant.apiKey().key.id)
        #expect(rotated.previousEndsAt == tenant.clock.now.addingTimeInterval(7200))
    }

    @Test("ends with the new secret alone where it is finished")
    func finish() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey()
        let rotated = try await tenant.rotate(issued.key.id)
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
        let key = try await tenant.apiKeys.finishRotation(of: issued.key.id, by: .anybody([])).get()
        #expect(key.state(at: tenant.clock.now) == .active)
        #expect(try await tenant.refusal(of: issued.text) == .replaced)
        #expect(try await tenant.refusal(of: rotated.text) == nil)
        #expect(try await tenant.apiKeys.finishRotation(of: issued.key.id, by: caller).refusal == .noRotation)
        #expect(try await tenant.apiKeys.cancelRotation(of: issued.key.id, by: caller).refusal == .noRotation)
        let rotation = try #require(try await tenant.keyRotations.rotation(rotated.rotation))
        #expect((rotation.state, rotation.progress.rotated) == (.done, 1))
    }

    @Test("ends with the old secret alone where it is taken back, which is as good as it ever was")
    func cancel() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey()
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 100)
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
        _ = try await tenant.apiKeys.cancelRotation(of: issued.key.id, by: caller).get()
        #expect(try await tenant.refusal(of: rotated.text) == .replaced)
        tenant.clock.advance(by: .seconds(200))
        try await tenant.ringKeyClock()
        #expect(try await tenant.refusal(of: issued.text) == nil)
        let key = try await tenant.stored(issued.key.id)
        #expect((key.current?.id, key.current?.expiresAt) == (issued.secret, issued.key.current?.expiresAt))
        let rotation = try #require(try await tenant.keyRotations.rotation(rotated.rotation))
        #expect((rotation.state, rotation.progress.cancelled) == (.cancelled, 1))
        #expect(try await tenant.refusal(of: try await tenant.rotate(issued.key.id).text) == nil)
    }

    @Test("is begun and taken back by those who may do all that the key allows, and by nobody else")
    func subset() async throws {
        let tenant = try await TestTenant.make()
        let key = try await tenant.apiKey(scopes: [.usersRead, .auditRead]).key.id
        let (less, enough) = (Caller.anybody([.usersRead]), Caller.anybody([.usersRead, .auditRead]))
        #expect(try await tenant.apiKeys.rotate(key, overlapSeconds: nil, by: less).refusal == .forbidden)
        _ = try await tenant.rotate(key, by: enough)
        #expect(try await tenant.apiKeys.cancelRotation(of: key, by: less).refusal == .forbidden)
        #expect(try await tenant.apiKeys.cancelRotation(of: key, by: enough).refusal == nil)
    }

    @Test("without an overlap leaves the new secret alone")
    func noOverlap() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey()
        #expect(try await tenant.refusal(of: issued.text) == nil)
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 0)
        #expect(try await tenant.refusal(of: issued.text) == .replaced)
        #expect(try await tenant.refusal(of: rotated.text) == nil)
        #expect(try await tenant.apiKeys.cancelRotation(of: issued.key.id, by: caller).refusal == .noRotation)
        #expect(try await tenant.refusal(of: try await tenant.rotate(issued.key.id).text) == nil)
    }

    @Test("is over by the clock alone, and can be begun again without anybody having noticed")
    func clockAlone() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        var texts = [issued.text]
        for _ in 0..<3 {
            texts.append(try await tenant.rotate(issued.key.id, overlapSeconds: 100).text)
            tenant.clock.advance(by: .seconds(100))
            for text in texts.dropLast() { #expect(try await tenant.refusal(of: text) == .replaced) }
            #expect(try await tenant.refusal(of: texts[texts.count - 1]) == nil)
            #expect(try await tenant.stored(issued.key.id).state(at: tenant.clock.now) == .active)
            #expect(try await tenant.apiKeys.finishRotation(of: issued.key.id, by: caller).refusal == .noRotation)
        }
        #expect(try await tenant.stored(issued.key.id).secrets.map(\.endedBecause).contains("overlap_over"))
        #expect(try await tenant.events(.apiKeyRotationEnded).count == 2)
    }

    @Test("never leaves the old secret good for longer than it would have been")
    func ownEnd() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(lifetimeSeconds: 1000)
        tenant.clock.advance(by: .seconds(900))
        let rotated = try await tenant.rotate(issued.key.id, overlapSeconds: 5000)
        #expect(rotated.previousEndsAt == issued.key.current?.expiresAt)
        #expect(rotated.expiresAt == tenant.clock.now.addingTimeInterval(1000))
        tenant.clock.advance(by: .seconds(100))
        #expect(try await tenant.refusal(of: issued.text) == .replaced)
        #expect(try await tenant.refusal(of: rotated.text) == nil)
    }

    @Test("gives a secret that is good as long as the key's are, and no longer than the policy has it now")
    func lifetime() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let stricter = try await tenant.reopened("api_keys: {max_age: 30d}")
        let rotated = try await stricter.rotate(issued.key.id)
        #expect(rotated.expiresAt == tenant.clock.now.addingTimeInterval(30 * 86_400))
        let new = try await stricter.stored(issued.key.id).current
        #expect(new?.rotateBy == tenant.clock.now.addingTimeInterval(16 * 86_400))
    }

    @Test("is refused for a key that is at its end")
    func ended() async throws {
        let tenant = try await TestTenant.make()
        let (revoked, expired) = (try await tenant.apiKey(), try await tenant.apiKey(lifetimeSeconds: 100))
        _ = try await tenant.apiKeys.revoke(revoked.key.id, because: nil, by: caller).get()
        tenant.clock.advance(by: .seconds(100))
        for _ in 0..<2 {
            for key in [revoked.key.id, expired.key.id] {
                #expect(try await tenant.apiKeys.rotate(key, overlapSeconds: nil, by: caller).refusal == .keyNotLive)
            }
            try await tenant.ringKeyClock()
        }
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.api_key_secrets") == "2")
    }

    @Test("is begun once, however many begin it at once and on however many nodes")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        let other = try await tenant.served(by: try await tenant.anotherNode())
        let issued = try await tenant.apiKey()
        for _ in 0..<5 {
            let outcomes = try await inParallel(20) { number in
                try await (number % 2 == 0 ? tenant : other).apiKeys.rotate(
                    issued.key.id, overlapSeconds: 100, by: caller)
            }
            let won = outcomes.compactMap { try? $0.get() }
            #expect(won.count == 1)
            #expect(outcomes.count { $0.refusal == .rotationInProgress } == 19)
            let key = try await tenant.stored(issued.key.id)
            #expect(key.current?.id == won.first?.secret)
            for text in won.map(\.text) { #expect(try await other.refusal(of: text) == nil) }
            tenant.clock.advance(by: .seconds(100))
        }
    }

    @Test("that many finish, take back and begin at once leaves one secret of its own, which is good")
    func struggle() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let texts = Noted([issued.text])
        for _ in 0..<6 {
            _ = try await inParallel(9) { number in
                let keys = try await tenant.apiKeys
                switch number % 3 {
                case 0:
                    let outcome = try await keys.rotate(issued.key.id, overlapSeconds: 50, by: caller)
                    if let text = try? outcome.get().text { texts.note(text) }
                case 1: _ = try await keys.finishRotation(of: issued.key.id, by: caller)
                default: _ = try await keys.cancelRotation(of: issued.key.id, by: caller)
                }
            }
            let key = try await tenant.stored(issued.key.id)
            let good = try await texts.all.good(at: tenant)
            #expect(good.contains { $0 == key.current?.id })
            #expect(good.count == (key.replaced(at: tenant.clock.now) == nil ? 1 : 2))
        }
    }
}

extension [SecretText] {
    /// The secrets of those that are good at a tenant.
    fileprivate func good(at tenant: TestTenant) async throws -> [KeySecretID] {
        var good: [KeySecretID] = []
        for text in self {
            if let secret = try await tenant.verify(text).key?.secret { good.append(secret) }
        }
        return good
    }
}
