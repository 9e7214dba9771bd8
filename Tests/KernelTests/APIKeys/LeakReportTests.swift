import DatabaseTesting
import PluginKit
import PluginTesting
import Synchronization
import Testing

@testable import Kernel

@Suite("A report of a leaked API key")
struct LeakReportTests {
    @Test("ends the key with all its secrets, on record and in the log", arguments: [false, true])
    func live(_ isOld: Bool) async throws {
        let log = CapturedLog()
        let made = try await TestTenant.make(remembersKeys: true)
        let tenant = try await made.served(by: made.services, logger: log.logger)
        let issued = try await tenant.apiKey()
        let rotated = try await tenant.rotate(issued.key.id)
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
        for _ in 0..<2 { try await tenant.report(isOld ? issued.text : rotated.text) }
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == .revoked) }
        let key = try await tenant.stored(issued.key.id)
        #expect((key.revokedBecause, key.state(at: tenant.clock.now)) == ("leaked", .revoked))
        let events = try await tenant.events(.apiKeyLeaked)
        #expect(events.map(\.subject) == [issued.key.id.description])
        let secret = isOld ? issued.secret : rotated.secret
        #expect(events.first?.details == ["name": "billing", "secret": secret.description])
        #expect(events.first?.actor == "anonymous")
        #expect(log.lines.count { $0.hasPrefix("error an API key was reported as leaked") } == 1)
    }

    @Test("is worth nothing for what opens nothing, whatever that is")
    func dead() async throws {
        let tenant = try await TestTenant.make()
        let (replaced, revoked) = (try await tenant.apiKey(), try await tenant.apiKey())
        let expired = try await tenant.apiKey(lifetimeSeconds: 100)
        let kept = try await tenant.rotate(replaced.key.id, overlapSeconds: 50)
        _ = try await tenant.apiKeys.revoke(revoked.key.id, because: "lost", by: .hostOperator(.test())).get()
        tenant.clock.advance(by: .seconds(100))
        let before = try await tenant.rows()
        let nothing = [
            replaced.text, revoked.text, expired.text, try tenant.madeUpKey(), SecretText("not a key"), SecretText(""),
        ]
        for text in nothing { try await tenant.report(text) }
        #expect(try await tenant.rows() == before)
        #expect(try await tenant.refusal(of: kept.text) == nil)
    }

    @Test("ends a key whose owner is suspended, so that it stays dead when he is not")
    func suspendedOwner() async throws {
        let tenant = try await TestTenant.make()
        let keeper = try await tenant.keeper()
        let issued = try await tenant.apiKey(by: keeper)
        _ = try await tenant.people.suspend(keeper.person, by: .hostOperator(.test())).get()
        try await tenant.report(issued.text)
        _ = try await tenant.people.resume(keeper.person, by: .hostOperator(.test())).get()
        #expect(try await tenant.refusal(of: issued.text) == .revoked)
    }

    @Test("ends the secret, too, that a rotation gives the key at that moment")
    func duringRotation() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let report = Mutex<Task<Void, any Error>?>(nil)
        let rotated = try await tenant.apiKeys.rotate(issued.key.id, overlapSeconds: nil, by: .hostOperator(.test())) {
            _ in
            // The rotation holds the key while the report comes in.
            report.withLock { $0 = Task { try await tenant.report(issued.text) } }
            try await Task.sleep(for: .milliseconds(200))
        }.get()
        try await report.withLock { $0 }?.value
        #expect(try await tenant.refusal(of: rotated.text) == .revoked)
        #expect(try await tenant.stored(issued.key.id).secrets.allSatisfy { $0.endedBecause == "leaked" })
        #expect(try await tenant.events(.apiKeyLeaked).count == 1)
    }

    @Test("that comes from many at once is recorded once")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        _ = try await inParallel(12) { _ in try await tenant.report(issued.text) }
        #expect(try await tenant.events(.apiKeyLeaked).count == 1)
    }
}

extension TestTenant {
    fileprivate func report(_ text: SecretText) async throws {
        try await services.leakReports(of: tenant).report(text, from: .test())
    }
}
