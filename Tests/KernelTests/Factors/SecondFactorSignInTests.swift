import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Signing in with a second factor")
struct SecondFactorSignInTests {
    @Test("whoever has a factor gets no token for his password alone, whatever his role")
    func passwordAlone() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        _ = try await tenant.people.setRoles(["viewer"], of: person.id, by: .hostOperator(.test())).get()
        guard case .proveSecondFactor(_, let factors) = try await tenant.signIn(person.login) else {
            Issue.record("no second factor was asked for")
            return
        }
        #expect(factors == ["totp", "recovery_code"])
    }

    @Test("a right code completes the sign-in, and the token states both proofs")
    func complete() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let tokens = try #require(try await person.prove(person.code).get().tokens)
        let text = tokens.accessToken.withExposed { $0 }
        let claims = try #require(try await tenant.services.accessTokens(of: tenant.tenant).verify(text))
        #expect((claims.amr, claims.acr) == (["pwd", "otp"], "aal2"))
        #expect(tokens.graceUntil == nil)
    }

    @Test("of forty uses of one code at once, one succeeds")
    func parallelCodes() async throws {
        let tenant = try await TestTenant.make(
            "policy: {attempts: {failures_before_delay: 60}}", offersFactors: true)
        let person = try await tenant.enrolled()
        let transactions = try await inParallel(40) { _ in try await person.pending() }
        let code = person.code
        let outcomes = try await inParallel(40) { try await person.prove(code, transactions[$0]).refusal }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .wrongCode } == 39)
    }

    @Test("of forty uses of one recovery code at once, one succeeds; the count left is told")
    func parallelRecoveryCodes() async throws {
        let tenant = try await TestTenant.make(
            "policy: {attempts: {failures_before_delay: 60}}", offersFactors: true)
        let person = try await tenant.enrolled()
        #expect(person.recoveryCodes.count == 10)
        let transactions = try await inParallel(40) { _ in try await person.pending() }
        let outcomes = try await inParallel(40) {
            try await person.prove(person.recoveryCodes[0], transactions[$0], kind: "recovery_code").refusal
        }
        #expect(outcomes.count { $0 == nil } == 1)
        let factors = try await tenant.services.ownFactors(in: tenant.tenant).list(of: person.id)
        #expect(factors.map(\.remaining) == [nil, 9])
        #expect(try await person.prove(person.recoveryCodes[1], kind: "recovery_code").refusal == nil)
    }

    @Test("a code is spent for every session, network, node and transaction, and a replay looks like a wrong code")
    func replay() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let code = person.code
        #expect(try await person.prove(code).refusal == nil)
        #expect(try await person.prove(code).refusal == .wrongCode)
        let node = try await tenant.anotherNode()
        let elsewhere = try await node.signIn(to: tenant.tenant).proveSecondFactor(
            transaction: try await person.pending(), kind: "totp", code: code, origin: .test())
        #expect(elsewhere.refusal == .wrongCode)
        #expect(try await tenant.events(.secondFactor).count { $0.reason == "already_used" } == 2)
    }

    @Test(
        "the code of the step before is taken, one of two steps before or of the next is not",
        arguments: [-60, -30, 30])
    func window(_ offset: TimeInterval) async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let code = SecretText(person.app.code(at: tenant.clock.now.addingTimeInterval(offset)))
        #expect(try await person.prove(code).refusal == (offset == -30 ? nil : .wrongCode))
    }

    @Test("text that is no code is refused and counted like a wrong code")
    func notCodes() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let code = person.code.withExposed { $0 }
        let texts = [" \(code)", "\(code) ", "+\(code)", "\(code)\u{0}", "１２３４５６", "", String(code.dropLast())]
        let origin = RequestOrigin.test()
        let transaction = try await person.pending()
        for text in texts.prefix(5) {
            #expect(try await person.prove(SecretText(text), transaction, from: origin).refusal == .wrongCode)
        }
        guard case .tooManyAttempts = try await person.prove(person.code, transaction, from: origin).refusal else {
            Issue.record("wrong codes were not counted")
            return
        }
        for text in texts.suffix(2) { #expect(try await person.prove(SecretText(text)).refusal == .wrongCode) }
    }

    @Test("another person's code and transaction are of no use, nor another tenant's, nor one that is over")
    func othersTransactions() async throws {
        let (tenant, other) = (
            try await TestTenant.make(offersFactors: true), try await TestTenant.make(offersFactors: true)
        )
        let (anna, ben) = (try await tenant.enrolled(), try await tenant.enrolled())
        let stranger = try await other.enrolled(anna.login)
        #expect(try await anna.prove(ben.code, try await anna.pending()).refusal == .wrongCode)
        #expect(try await anna.prove(anna.code, try await ben.pending()).refusal == .wrongCode)
        let foreign = try await stranger.prove(stranger.code, try await anna.pending())
        #expect(foreign.refusal == .transactionInvalid)
        let transaction = try await anna.pending()
        tenant.clock.advance(by: .seconds(601))
        #expect(try await anna.prove(anna.code, transaction).refusal == .transactionInvalid)
    }

    @Test("steps cannot be skipped, repeated or taken in another order")
    func wrongOrder() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let signIn = try await tenant.services.signIn(to: tenant.tenant)
        let transaction = try await person.pending()
        let password = SecretText("seven amber kettles hum")
        let change = try await signIn.changePassword(
            transaction: transaction, newPassword: password, origin: .test())
        #expect(change.refusal == .transactionInvalid)
        let enroll = try await signIn.beginEnrollment(
            transaction: transaction, kind: "totp", ticket: nil, origin: .test())
        #expect(enroll.refusal == .transactionInvalid)
        let confirm = try await signIn.confirmEnrollment(
            transaction: transaction, factor: .make(at: tenant.clock.now), code: person.code, origin: .test())
        #expect(confirm.refusal == .transactionInvalid)
        #expect(try await person.prove(person.code, transaction).refusal == nil)
        tenant.clock.advance(by: .seconds(30))
        #expect(try await person.prove(person.code, transaction).refusal == .transactionInvalid)
    }

    @Test("a second factor comes before a password that must be changed")
    func passwordChangeAfterwards() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        try await TestDatabase.shared.administrator.affected(
            "UPDATE gatehouse.password_credentials SET must_change = true WHERE user_id = '\(person.id.rawValue)'")
        guard case .changePassword(let next) = try await person.prove(person.code).get() else {
            Issue.record("the password did not have to be changed")
            return
        }
        let changed = try await tenant.services.signIn(to: tenant.tenant).changePassword(
            transaction: next.token, newPassword: SecretText("seven amber kettles hum"), origin: .test()
        ).tokens().get()
        let session = try #require(try await tenant.session(of: changed))
        #expect(session.methods == [.password, .oneTimeCode])
    }

    @Test("nobody who is suspended between the steps gets in")
    func suspended() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let transaction = try await person.pending()
        _ = try await tenant.people.suspend(person.id, by: .hostOperator(.test())).get()
        #expect(try await person.prove(person.code, transaction).refusal == .transactionInvalid)
    }

    @Test("a session of before the factor is not refreshed into a token")
    func refreshOfOldSession() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled(roles: ["member", "admin"])
        try await TestDatabase.shared.administrator.affected(
            "UPDATE gatehouse.sessions SET methods = '{pwd}' WHERE user_id = '\(person.id.rawValue)'")
        let outcome = try await tenant.services.sessions(of: tenant.tenant).refresh(
            person.tokens.refreshToken, origin: person.origin)
        guard case .refused = outcome else {
            Issue.record("a session without the factor was refreshed")
            return
        }
        #expect(try await tenant.session(of: person.tokens) == nil)
    }
}
