import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Setting a first second factor up")
struct EnrollmentTests {
    @Test("whoever takes up an invitation sets a factor up at once, where his role asks for one")
    func invitation() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled(roles: ["owner"])
        let session = try await person.session()
        #expect(session.methods == [.password, .oneTimeCode])
        #expect(session.isTrusted)
        #expect(person.recoveryCodes.count == 10)
    }

    @Test("the first code is burned, and a factor counts for nothing before it")
    func firstCode() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let invitation = try await tenant.invite(roles: ["admin"])
        let accepted = try await tenant.invitations.accept(
            invitation.token, password: TestPerson.password, displayName: nil, origin: .test()
        ).get()
        let transaction = try #require(accepted.transaction).token
        let signIn = try await tenant.services.signIn(to: tenant.tenant)
        let factor = try await begin(transaction, in: tenant).get()
        let app = try AuthenticatorApp(scanning: factor.offer.uri)
        let code = SecretText(app.code(at: tenant.clock.now))
        let user = try #require(try await tenant.user(invitation.invitation.login))
        #expect(try await tenant.database.first(FindAuthority(id: user))?.factors == [])
        let confirmed = try await signIn.confirmEnrollment(
            transaction: transaction, factor: factor.id, code: code, origin: .test())
        #expect(confirmed.refusal == nil)
        let pending = try #require(try await tenant.signIn(invitation.invitation.login).transaction).token
        let again = try await signIn.proveSecondFactor(
            transaction: pending, kind: "totp", code: code, origin: .test())
        #expect(again.refusal == .wrongCode)
    }

    @Test("after the grace a stolen password sets nothing up: it takes a ticket, which is good once")
    func ticket() async throws {
        let (tenant, id, login) = try await overdue()
        guard case .enroll(let thief, _, let needsTicket) = try await tenant.signIn(login) else {
            Issue.record("let in after the grace")
            return
        }
        #expect(needsTicket)
        #expect(try await begin(thief.token, in: tenant).refusal == .ticketRequired)
        for made in [try OpaqueToken.make(.enrollmentTicket), try OpaqueToken.make(.invitation)] {
            #expect(try await begin(thief.token, ticket: made.text, in: tenant).refusal == .ticketRequired)
        }
        let ticket = try await tenant.people.issueTicket(for: id, by: .hostOperator(.test())).get()
        let transaction = try #require(try await tenant.signIn(login).transaction).token
        let enrolled = try await enroll(transaction, ticket: ticket.token, in: tenant)
        #expect(try enrolled.get().step.tokens != nil)
        // The thief's own transaction is over with that, too.
        #expect(try await begin(thief.token, ticket: ticket.token, in: tenant).refusal == .transactionInvalid)
    }

    @Test("of many uses of one ticket at once, one sets a factor up")
    func parallelTickets() async throws {
        let (tenant, id, login) = try await overdue()
        let ticket = try await tenant.people.issueTicket(for: id, by: .hostOperator(.test())).get().token
        let transactions = try await inParallel(6) { _ in
            try #require(try await tenant.signIn(login).transaction).token
        }
        let outcomes = try await inParallel(6) { number in
            try await enroll(transactions[number], ticket: ticket, in: tenant).refusal
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(try await tenant.services.ownFactors(in: tenant.tenant).list(of: id).count { !$0.isBackup } == 1)
    }

    @Test("a ticket is its person's alone, in its own tenant, until its date, and a new one takes its place")
    func otherTickets() async throws {
        let (tenant, anna, login) = try await overdue()
        let ben = try await tenant.newcomer()
        let (other, stranger, _) = try await overdue(login)
        let operatorCaller = Caller.hostOperator(.test())
        let bens = try await tenant.people.issueTicket(for: ben, by: operatorCaller).get().token
        let foreign = try await other.people.issueTicket(for: stranger, by: operatorCaller).get().token
        let replaced = try await tenant.people.issueTicket(for: anna, by: operatorCaller).get().token
        let late = try await tenant.people.issueTicket(for: anna, by: operatorCaller).get().token
        let transaction = try #require(try await tenant.signIn(login).transaction).token
        for ticket in [bens, foreign, replaced] {
            #expect(try await begin(transaction, ticket: ticket, in: tenant).refusal == .ticketRequired)
        }
        tenant.clock.advance(by: .seconds(7 * 86_400 + 1))
        let next = try #require(try await tenant.signIn(login).transaction).token
        #expect(try await begin(next, ticket: late, in: tenant).refusal == .ticketRequired)
    }

    @Test("nobody makes a ticket for himself, for somebody who has a factor, or for somebody above him")
    func refusedTickets() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let (admin, owner) = (try await tenant.enrolled(), try await tenant.enrolled(roles: ["owner"]))
        let newcomer = try await tenant.newcomer(roles: ["owner"])
        let caller = Caller(
            actor: .person(admin.id, session: nil), permissions: BuiltInRole.admin.permissions, origin: .test())
        let people = try await tenant.people
        #expect(try await people.issueTicket(for: admin.id, by: caller).refusal == .forbidden)
        #expect(try await people.resetFactors(of: admin.id, by: caller).refusal == .forbidden)
        #expect(try await people.issueTicket(for: newcomer, by: caller).refusal == .forbidden)
        #expect(try await people.resetFactors(of: owner.id, by: caller).refusal == .forbidden)
        #expect(try await people.issueTicket(for: owner.id, by: .hostOperator(.test())).refusal == .hasFactor)
    }

    @Test("an invitation serves its taker as a ticket, so that breaking off strands nobody")
    func invitationAsTicket() async throws {
        let tenant = try await TestTenant.make("policy: {second_factor: {grace: 0s}}", offersFactors: true)
        let invitation = try await tenant.invite(roles: ["admin"])
        _ = try await tenant.invitations.accept(
            invitation.token, password: TestPerson.password, displayName: nil, origin: .test())
        let transaction = try #require(try await tenant.signIn(invitation.invitation.login).transaction).token
        #expect(try await enroll(transaction, ticket: invitation.token, in: tenant).refusal == nil)
    }

    @Test("an admin's reset takes the factors, the sessions and what was begun, and gives no new grace")
    func reset() async throws {
        let tenant = try await TestTenant.make(offersFactors: true)
        let person = try await tenant.enrolled()
        let pending = try await person.pending()
        let ticket = try await tenant.people.resetFactors(of: person.id, by: .hostOperator(.test())).get()
        #expect(try await tenant.session(of: person.tokens) == nil)
        #expect(try await person.prove(person.code, pending).refusal == .transactionInvalid)
        guard case .enroll(let transaction, _, true) = try await tenant.signIn(person.login) else {
            Issue.record("let in without a factor after a reset")
            return
        }
        #expect(try await enroll(transaction.token, ticket: ticket.token, in: tenant).refusal == nil)
        #expect(try await tenant.events(.factorsReset).count == 1)
    }

    // MARK: Parts

    /// An admin without a factor whose grace is over.
    private func overdue(
        _ login: String = "\(unique())@example.com"
    ) async throws -> (TestTenant, id: UserID, login: String) {
        let tenant = try await TestTenant.make(offersFactors: true)
        let id = try await tenant.newcomer(login)
        tenant.clock.advance(by: .seconds(7 * 86_400))
        return (tenant, id, login)
    }

    private func begin(
        _ transaction: SecretText, ticket: SecretText? = nil, in tenant: TestTenant
    ) async throws -> Outcome<NewFactor> {
        try await tenant.services.signIn(to: tenant.tenant).beginEnrollment(
            transaction: transaction, kind: "totp", ticket: ticket, origin: .test())
    }

    private func enroll(
        _ transaction: SecretText, ticket: SecretText?, in tenant: TestTenant
    ) async throws -> Outcome<SignIn.Enrolled> {
        switch try await begin(transaction, ticket: ticket, in: tenant) {
        case .refused(let refusal): return .refused(refusal)
        case .done(let factor):
            let code = SecretText(try AuthenticatorApp(scanning: factor.offer.uri).code(at: tenant.clock.now))
            return try await tenant.services.signIn(to: tenant.tenant).confirmEnrollment(
                transaction: transaction, factor: factor.id, code: code, origin: .test())
        }
    }
}
