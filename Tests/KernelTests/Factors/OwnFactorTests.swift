import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("One's own second factors")
struct OwnFactorTests {
    @Test("a factor that is added ends all other sessions and strengthens this one")
    func add() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let member = try await tenant.signedIn(roles: ["member"])
        let other = try #require(try await tenant.signIn(member.login).tokens)
        let (outcome, _) = try await addFactor(member, in: tenant)
        #expect(try outcome.get().count == 10)
        #expect(try await tenant.session(of: other) == nil)
        let session = try #require(try await tenant.session(of: member.tokens))
        #expect(session.methods == [.password, .oneTimeCode])
        guard
            case .issued = try await tenant.services.sessions(of: tenant.tenant).refresh(
                member.tokens.refreshToken, origin: member.origin)
        else {
            Issue.record("the session in which the factor was added did not go on")
            return
        }
    }

    @Test("a first code is taken for ten minutes, once, and only from its person")
    func confirm() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let (anna, ben) = (try await tenant.signedIn(roles: ["member"]), try await tenant.signedIn(roles: ["member"]))
        let factors = try await tenant.services.ownFactors(in: tenant.tenant)
        let session = try #require(try await tenant.session(of: anna.tokens))
        let caller = try await tenant.caller(anna)
        let factor = try await factors.begin("totp", ticket: nil, session, by: caller).get()
        let app = try AuthenticatorApp(scanning: factor.offer.uri)
        let bens = try #require(try await tenant.session(of: ben.tokens))
        let foreign = try await factors.confirm(
            factor.id, code: SecretText(app.code(at: tenant.clock.now)), bens, by: try await tenant.caller(ben))
        #expect(foreign.refusal == .notFound)
        tenant.clock.advance(by: .seconds(600))
        let late = try await factors.confirm(
            factor.id, code: SecretText(app.code(at: tenant.clock.now)), session, by: caller)
        #expect(late.refusal == .notFound)
    }

    @Test("the last factor of somebody whose role asks for one stays; another may go, and ends all other sessions")
    func remove() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let factors = try await tenant.services.ownFactors(in: tenant.tenant)
        let session = try await person.session()
        let caller = Caller(actor: .person(person.id, session: session.id), permissions: [], origin: .test())
        let first = try #require(try await factors.list(of: person.id).first { !$0.isBackup })
        #expect(try await factors.remove(first.id, session, by: caller).refusal == .lastFactor)
        let second = try await factors.begin("totp", ticket: nil, session, by: caller).get()
        let code = SecretText(try AuthenticatorApp(scanning: second.offer.uri).code(at: tenant.clock.now))
        #expect(try await factors.confirm(second.id, code: code, session, by: caller).get().isEmpty)
        let other = try #require(try await person.prove(person.code).get().tokens)
        #expect(try await factors.remove(first.id, try await person.session(), by: caller).refusal == nil)
        #expect(try await tenant.session(of: other) == nil)
        #expect(try await tenant.session(of: person.tokens) != nil)
        tenant.clock.advance(by: .seconds(30))
        #expect(try await person.prove(person.code).refusal == .wrongCode)
    }

    @Test("without a rule the last factor may go, and its recovery codes go with it")
    func removeLast() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let member = try await tenant.signedIn(roles: ["member"])
        _ = try await addFactor(member, in: tenant)
        let factors = try await tenant.services.ownFactors(in: tenant.tenant)
        let session = try #require(try await tenant.session(of: member.tokens))
        let id = try #require(try await factors.list(of: member.id).first { !$0.isBackup }).id
        #expect(try await factors.remove(id, session, by: try await tenant.caller(member)).refusal == nil)
        #expect(try await factors.list(of: member.id).isEmpty)
        #expect(try await tenant.signIn(member.login).tokens != nil)
    }

    @Test("a new set of recovery codes kills the old one, and there is none without a factor")
    func recoveryCodes() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let factors = try await tenant.services.ownFactors(in: tenant.tenant)
        let session = try await person.session()
        let caller = Caller(actor: .person(person.id, session: session.id), permissions: [], origin: .test())
        let renewed = try await factors.renewRecoveryCodes(session, by: caller).get()
        #expect(renewed.count == 10)
        #expect(try await person.prove(person.recoveryCodes[3], kind: "recovery_code").refusal == .wrongCode)
        #expect(try await person.prove(renewed[3], kind: "recovery_code").refusal == nil)
        let member = try await tenant.signedIn(roles: ["member"])
        let bare = try #require(try await tenant.session(of: member.tokens))
        let none = try await factors.renewRecoveryCodes(bare, by: try await tenant.caller(member))
        #expect(none.refusal == .noFactor)
    }

    @Test("in another tenant a factor is as if it had never been")
    func otherTenant() async throws {
        let (tenant, other) = (
            try await TestTenant.make(offersFactors: true), try await TestTenant.make(offersFactors: true)
        )
        let (person, stranger) = (try await tenant.enrolled(), try await other.enrolled())
        let factors = try await other.services.ownFactors(in: other.tenant)
        let id = try #require(try await tenant.services.ownFactors(in: tenant.tenant).list(of: person.id).first).id
        let session = try await stranger.session()
        let caller = Caller(actor: .person(stranger.id, session: session.id), permissions: [], origin: .test())
        #expect(try await factors.list(of: person.id).isEmpty)
        #expect(try await factors.remove(id, session, by: caller).refusal == .notFound)
        #expect(try await factors.confirm(id, code: person.code, session, by: caller).refusal == .notFound)
        #expect(try await other.people.resetFactors(of: person.id, by: .hostOperator(.test())).refusal == .notFound)
        #expect(try await person.prove(person.code).refusal == nil)
    }

    @Test("a step-up takes the password and the factor, goes on as a new session and ends the old one")
    func stepUp() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let session = try await person.session()
        let caller = Caller(actor: .person(person.id, session: session.id), permissions: [], origin: .test())
        let signIn = try await tenant.services.signIn(to: tenant.tenant)
        let bare = try await signIn.stepUp(session, password: TestPerson.password, factor: nil, by: caller)
        #expect(bare.refusal == .stepUpRequired)
        let wrong = try await signIn.stepUp(
            session, password: SecretText("not the password"), factor: ("totp", person.code), by: caller)
        #expect(wrong.refusal == .wrongPassword)
        let tokens = try await signIn.stepUp(
            session, password: TestPerson.password, factor: ("totp", person.code), by: caller
        ).tokens().get()
        #expect(try await tenant.session(of: person.tokens) == nil)
        let renewed = try #require(try await tenant.session(of: tokens))
        #expect(renewed.id != session.id)
        #expect(renewed.methods == [.password, .oneTimeCode])
        #expect(renewed.authenticatedAt == tenant.clock.now)
    }

    @Test("what is missing of a proof is told: a recent one, or a second factor")
    func proofOfPresence() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let rule = tenant.tenant.policy.secondFactor
        let (person, login) = (try await tenant.enrolled(), "\(unique())@example.com")
        _ = try await tenant.newcomer(login)
        let tokens = try #require(try await tenant.signIn(login).tokens)
        let weak = try #require(try await tenant.session(of: tokens))
        let proved = try #require(try await person.prove(person.code).get().tokens)
        let strong = try #require(try await tenant.session(of: proved))
        let now = tenant.clock.now
        #expect(ProofOfPresence.own.missing(in: strong, under: rule, at: now) == nil)
        #expect(ProofOfPresence.overOthers.missing(in: strong, under: rule, at: now) == nil)
        #expect(ProofOfPresence.own.missing(in: strong, under: rule, at: now.addingTimeInterval(601)) == .recentProof)
        #expect(ProofOfPresence.own.missing(in: weak, under: rule, at: now) == nil)
        #expect(ProofOfPresence.overOthers.missing(in: weak, under: rule, at: now) == .secondFactor)
    }

    private func addFactor(
        _ person: TestPerson, in tenant: TestTenant
    ) async throws -> (Outcome<[SecretText]>, AuthenticatorApp) {
        let factors = try await tenant.services.ownFactors(in: tenant.tenant)
        guard let session = try await tenant.session(of: person.tokens) else { throw Refusal.notFound }
        let caller = try await tenant.caller(person)
        let factor = try await factors.begin("totp", ticket: nil, session, by: caller).get()
        let app = try AuthenticatorApp(scanning: factor.offer.uri)
        let code = SecretText(app.code(at: tenant.clock.now))
        return (try await factors.confirm(factor.id, code: code, session, by: caller), app)
    }
}
