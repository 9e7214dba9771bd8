import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Asking to become a person of a tenant")
struct SignUpTests {
    @Test("whoever asked and is approved gets an invitation with what the approver hands out")
    func approve() async throws {
        let tenant = try await open()
        let ask = try await tenant.signUps.ask(
            login: "Anna@acme.example".asLogin(), displayName: DisplayName("Anna"), origin: .test())
        #expect(ask.refusal == nil)
        let waiting = try await tenant.signUps.list(after: nil, limit: 10)
        #expect(waiting.map(\.login) == ["Anna@acme.example"])
        #expect(waiting.map(\.displayName) == ["Anna"])
        let id = try #require(waiting.first?.id)
        let new = try await tenant.signUps.approve(id, roles: ["member"], by: .hostOperator(.test())).get()
        #expect(new.invitation.roles == ["member"])
        #expect(try await tenant.signUps.list(after: nil, limit: 10).isEmpty)
        #expect(try await tenant.accept(new.token).refusal == nil)
        #expect(try await tenant.user("anna@acme.example") != nil)
        #expect(try await tenant.signUps.approve(id, roles: [], by: .hostOperator(.test())).refusal == .notFound)
        #expect(try await tenant.events(.signUpRequested).map(\.outcome) == ["success"])
        let approved = try await tenant.events(.signUpApproved).first { $0.outcome == "success" }
        #expect(approved?.details["invitation"] == new.invitation.id.description)
    }

    @Test("nobody hands out what he has not; the request stays")
    func authority() async throws {
        let tenant = try await open()
        let manager = try await tenant.signedIn(roles: ["manager"])
        let id = try await tenant.askFor("anna@acme.example")
        let caller = try await tenant.caller(manager)
        #expect(try await tenant.signUps.approve(id, roles: ["owner"], by: caller).refusal == .forbidden)
        #expect(try await tenant.signUps.list(after: nil, limit: 10).map(\.id) == [id])
        #expect(try await tenant.signUps.approve(id, roles: ["member"], by: caller).refusal == nil)
    }

    @Test("one that is declined is gone, and may be made again")
    func decline() async throws {
        let tenant = try await open()
        let id = try await tenant.askFor("anna@acme.example")
        #expect(try await tenant.signUps.decline(id, by: .hostOperator(.test())).refusal == nil)
        #expect(try await tenant.signUps.decline(id, by: .hostOperator(.test())).refusal == .notFound)
        #expect(try await tenant.askFor("anna@acme.example") != id)
        #expect(try await tenant.events(.signUpDeclined).count { $0.outcome == "success" } == 1)
    }

    @Test("there is one for a login, however it is spelt and however many ask at once")
    func once() async throws {
        let tenant = try await open()
        _ = try await inParallel(8) { number in
            let login = number.isMultiple(of: 2) ? "ANNA@acme.example" : " anna@Acme.Example"
            return try await tenant.signUps.ask(login: login.asLogin(), displayName: nil, origin: .test()).refusal
        }
        #expect(try await tenant.signUps.list(after: nil, limit: 10).count == 1)
    }

    @Test("who is a person already, or is no address that may ask, is answered alike and not kept")
    func unwelcome() async throws {
        let tenant = try await open()
        let person = try await tenant.signedIn()
        let odd = [
            person.login, "anna@other.example", "anna", "anna@acme.example.evil.example", "anna@x@acme.example",
            "@acme.example", "anna@sub.acme.example", "anna@acme.example@evil.example", "anna@\u{430}cme.example",
        ]
        for login in odd {
            let answer = try await tenant.signUps.ask(login: login.asLogin(), displayName: nil, origin: .test())
            #expect(answer.refusal == nil, "\(login)")
        }
        #expect(try await tenant.signUps.list(after: nil, limit: 10).isEmpty)
        let events = try await tenant.events(.signUpRequested)
        #expect(events.allSatisfy { $0.outcome == "refused" && $0.actor == "anonymous" && $0.subject == nil })
        #expect(Set(events.map(\.reason)) == ["mail_domain_refused"])
        let any = try await TestTenant.make("sign_up: {open: true}")
        let known = try await any.signedIn()
        _ = try await any.signUps.ask(login: known.login.asLogin(), displayName: nil, origin: .test())
        #expect(try await any.events(.signUpRequested).map(\.reason) == ["login_taken"])
        #expect(try await any.signUps.list(after: nil, limit: 10).isEmpty)
    }

    @Test("all that is asked of the database is the same, whatever is known of a login")
    func sameWork() async throws {
        let tenant = try await open()
        _ = try await tenant.signedIn("known@acme.example")
        try await tenant.askFor("waiting@acme.example")
        let counting = CountingDatabase(tenant.database)
        let watched = tenant.opened(as: tenant.tenant.on(counting))
        var asked: [[[SQL]]] = []
        for login in ["known@acme.example", "waiting@acme.example", "new@acme.example", "anna@other.example"] {
            let signUps = try await watched.signUps
            asked.append(
                try await counting.roundTrips {
                    _ = try await signUps.ask(login: login.asLogin(), displayName: nil, origin: .test())
                })
        }
        #expect(asked[0].count > 2)
        #expect(asked.allSatisfy { $0 == asked[0] })
    }

    @Test("one that nobody settles ends after two weeks, and leaves its place to the next")
    func overdue() async throws {
        let tenant = try await open()
        let id = try await tenant.askFor("anna@acme.example")
        tenant.clock.advance(by: .seconds(14 * 86_400))
        #expect(try await tenant.signUps.list(after: nil, limit: 10).isEmpty)
        #expect(try await tenant.signUps.approve(id, roles: [], by: .hostOperator(.test())).refusal == .notFound)
        #expect(try await tenant.askFor("anna@acme.example") != id)
    }

    @Test("a network may ask only so often, whomever it asks for")
    func limited() async throws {
        let tenant = try await TestTenant.make("sign_up: {open: true}\npolicy: {attempts: {per_network_per_minute: 6}}")
        let origin = RequestOrigin.test()
        for _ in 0..<6 { try await tenant.askFor("\(unique())@acme.example", from: origin) }
        let refused = try await tenant.signUps.ask(
            login: "\(unique())@acme.example".asLogin(), displayName: nil, origin: origin)
        #expect(refused.refusal == .tooManyAttempts(retryAfterSeconds: 10))
    }

    @Test("a request outlasts a turn of the tenant's keys, and stays the only one of its login")
    func keysTurn() async throws {
        let tenant = try await open()
        let id = try await tenant.askFor("anna@acme.example")
        try await tenant.rotateDataKey()
        _ = try await tenant.signUps.ask(login: "anna@acme.example".asLogin(), displayName: nil, origin: .test())
        #expect(try await tenant.signUps.list(after: nil, limit: 10).map(\.id) == [id])
    }

    @Test("another tenant sees none of it, and settles none of it")
    func otherTenant() async throws {
        let (tenant, stranger) = (try await open(), try await open())
        let id = try await tenant.askFor("anna@acme.example")
        #expect(try await stranger.signUps.list(after: nil, limit: 10).isEmpty)
        #expect(try await stranger.signUps.approve(id, roles: [], by: .hostOperator(.test())).refusal == .notFound)
        #expect(try await stranger.signUps.decline(id, by: .hostOperator(.test())).refusal == .notFound)
        #expect(try await stranger.askFor("anna@acme.example") != id)
        #expect(try await tenant.signUps.list(after: nil, limit: 10).map(\.id) == [id])
    }

    private func open() async throws -> TestTenant {
        try await TestTenant.make("sign_up: {open: true, mail_domains: [acme.example]}")
    }
}
