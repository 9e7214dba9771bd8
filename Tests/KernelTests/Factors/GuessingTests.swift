import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Guessing passwords and codes")
struct GuessingTests {
    private let wrong = SecretText("000000")

    @Test("each failure after the free ones waits twice as long as the one before, an hour at most")
    func exponential() async throws {
        let tenant = try await TestTenant.make()
        let origin = RequestOrigin.test()
        let password = SecretText("not the password of anybody")
        for _ in 0..<5 { _ = try await tenant.signIn("anna@example.com", password, from: origin) }
        for seconds in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] {
            #expect(try await tenant.signIn("anna@example.com", password, from: origin).retryAfterSeconds == seconds)
            tenant.clock.advance(by: .seconds(seconds))
            #expect(try await tenant.signIn("anna@example.com", password, from: origin).isRefused)
        }
    }

    @Test("nobody waits because the clock of a node that he met before is ahead")
    func clocks() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.signedIn()
        let origin = RequestOrigin.test()
        tenant.clock.advance(by: .seconds(2))
        #expect(try await tenant.signIn(person.login, SecretText("a wrong password"), from: origin).isRefused)
        tenant.clock.set(to: TestTenant.start)
        #expect(try await tenant.signIn(person.login, from: origin).tokens != nil)
    }

    @Test("codes are counted apart from passwords: a right password, a new sign-in or another node refills nothing")
    func apart() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let origin = RequestOrigin.test()
        for _ in 0..<5 { #expect(try await person.prove(wrong, from: origin).refusal == .wrongCode) }
        #expect(try await person.prove(person.code, from: origin).refusal == .tooManyAttempts(retryAfterSeconds: 30))
        let node = try await tenant.anotherNode().signIn(to: tenant.tenant)
        let elsewhere = try await node.proveSecondFactor(
            transaction: try await person.pending(from: origin), kind: "totp", code: person.code, origin: origin)
        #expect(elsewhere.refusal == .tooManyAttempts(retryAfterSeconds: 30))
        // From another network the person himself gets in.
        #expect(try await person.prove(person.code).refusal == nil)
        #expect(try await tenant.events(.secondFactor).contains { $0.reason == "too_many_attempts" })
    }

    @Test("of forty wrong codes at once, no more than the free ones reach the provider")
    func parallel() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let (origin, transaction) = (RequestOrigin.test(), try await person.pending())
        let refusals = try await inParallel(40) { _ in
            try await person.prove(wrong, transaction, from: origin).refusal
        }
        #expect(refusals.count { $0 == .wrongCode } == 5)
        #expect(refusals.count { if case .tooManyAttempts = $0 { true } else { false } } == 35)
    }

    @Test("a hundred failures in a row, from wherever, stop everybody but a known device, until somebody unlocks")
    func hardCap() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let known = try await person.prove(person.code, device: DeviceClaim(wantsToBeKnown: true)).get()
        let device = try #require(known.tokens?.device).token
        tenant.clock.advance(by: .seconds(30))
        let transaction = try await person.pending()
        for _ in 0..<100 {
            #expect(try await person.prove(wrong, transaction).refusal == .wrongCode)
        }
        guard case .tooManyAttempts = try await person.prove(person.code, transaction).refusal else {
            Issue.record("more than a hundred guesses in a row")
            return
        }
        let mine = DeviceClaim(token: device)
        #expect(try await person.prove(person.code, transaction, device: mine).refusal == nil)
        tenant.clock.advance(by: .seconds(30))
        for _ in 0..<100 { _ = try await person.prove(wrong, try await person.pending()) }
        _ = try await tenant.people.unlock(person.id, by: .hostOperator(.test())).get()
        #expect(try await person.prove(person.code).refusal == nil)
    }

    @Test("a known device is its person's alone, and ends with his password")
    func devices() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let (anna, ben) = (try await tenant.enrolled(), try await tenant.enrolled())
        let known = try await anna.prove(anna.code, device: DeviceClaim(wantsToBeKnown: true)).get()
        let token = try #require(known.tokens?.device).token
        let devices = Devices(tenant: tenant.tenant, now: tenant.clock.reading)
        #expect(try await devices.find(token, of: anna.id) != nil)
        #expect(try await devices.find(token, of: ben.id) == nil)
        let session = try #require(known.tokens)
        let live = try #require(try await tenant.session(of: session))
        let caller = Caller(actor: .person(anna.id, session: live.id), permissions: [], origin: .test())
        _ = try await tenant.services.ownAccount(in: tenant.tenant).changePassword(
            from: TestPerson.password, to: SecretText("seven amber kettles hum"), live, by: caller
        ).get()
        #expect(try await devices.find(token, of: anna.id) == nil)
    }

    @Test("a device is remembered for as long as the tenant says, in place of a second factor that was proved from it")
    func remembered() async throws {
        let tenant = try await TestTenant.make("policy: {second_factor: {remember: 1d}}", offersFactors: true)
        let person = try await tenant.enrolled()
        let known = try await person.prove(person.code, device: DeviceClaim(wantsToBeKnown: true)).get()
        let claim = DeviceClaim(token: try #require(known.tokens?.device).token)
        let signIn = try await tenant.services.signIn(to: tenant.tenant)
        tenant.clock.advance(by: .seconds(86_399))
        let step = try await signIn.withPassword(
            login: person.login, password: TestPerson.password, device: claim, origin: .test())
        let tokens = try #require(step.tokens)
        let session = try #require(try await tenant.session(of: tokens))
        #expect(session.methods == [.password, .rememberedDevice])
        #expect(Assurance(session.methods) == .single)
        tenant.clock.advance(by: .seconds(1))
        let late = try await signIn.withPassword(
            login: person.login, password: TestPerson.password, device: claim, origin: .test())
        #expect(late.tokens == nil)
    }

    @Test("where nothing is to be remembered, a known device proves nothing")
    func notRemembered() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let known = try await person.prove(person.code, device: DeviceClaim(wantsToBeKnown: true)).get()
        let claim = DeviceClaim(token: try #require(known.tokens?.device).token)
        let step = try await tenant.services.signIn(to: tenant.tenant).withPassword(
            login: person.login, password: TestPerson.password, device: claim, origin: .test())
        #expect(step.tokens == nil)
    }
}
