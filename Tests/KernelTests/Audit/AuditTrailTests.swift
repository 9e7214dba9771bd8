import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The audit trail")
struct AuditTrailTests {
    private static let signIns = AuditFilter(type: "sign_in")

    @Test("an event is read as it was written")
    func roundTrip() async throws {
        let tenant = try await TestTenant.make()
        let (user, session) = (UserID.make(at: tenant.clock.now), SessionID.make(at: tenant.clock.now))
        let origin = RequestOrigin(address: "192.0.2.1", network: "192.0.2.0", userAgent: "curl", requestID: "req-1")
        let written = AuditEvent(
            .userChanged, .refused, reason: "forbidden", actor: .person(user, session: session), subject: "usr_x",
            origin: origin, details: ["fields": "login", "note": "\"quoted\" / ü"])
        try await tenant.trail.record(written)
        let read = try #require(try await tenant.events(.userChanged).first)
        #expect((read.type, read.outcome, read.reason) == ("user.changed", "refused", "forbidden"))
        #expect((read.actor, read.subject, read.sessionID) == ("user:\(user)", "usr_x", session))
        #expect((read.address, read.userAgent, read.requestID) == ("192.0.2.1", "curl", "req-1"))
        #expect(read.details == written.details)
        #expect(read.createdAt == tenant.clock.now)
    }

    @Test("a filter shows what matches all its parts, newest first")
    func filters() async throws {
        let tenant = try await TestTenant.make()
        let user = UserID.make(at: tenant.clock.now)
        let start = tenant.clock.now
        for (type, actor) in [
            (AuditEventType.signIn, Actor.anonymous), (.signOut, .person(user, session: nil)),
            (.signIn, .person(user, session: nil)),
        ] {
            tenant.clock.advance(by: .seconds(10))
            try await tenant.trail.record(AuditEvent(type, actor: actor, origin: .test()))
        }
        #expect(try await tenant.types(AuditFilter()) == ["sign_in", "sign_out", "sign_in"])
        #expect(try await tenant.types(AuditFilter(type: "sign_in")) == ["sign_in", "sign_in"])
        #expect(try await tenant.types(AuditFilter(actor: "user:\(user)")) == ["sign_in", "sign_out"])
        #expect(try await tenant.types(AuditFilter(type: "sign_out", actor: "anonymous")) == [])
        #expect(try await tenant.types(AuditFilter(after: start + 10, before: start + 30)) == ["sign_out"])
        #expect(try await tenant.types(AuditFilter(after: start + 10)) == ["sign_in", "sign_out"])
        #expect(try await tenant.types(AuditFilter(before: start + 20)) == ["sign_in"])
    }

    @Test("pages hold every event once, from the newest to the oldest")
    func paging() async throws {
        let tenant = try await TestTenant.make()
        for number in 0..<7 {
            tenant.clock.advance(by: .seconds(1))
            try await tenant.trail.record(AuditEvent(.signIn, actor: .system, subject: "\(number)", origin: .test()))
        }
        var pages: [[RecordedEvent]] = []
        repeat {
            pages.append(try await tenant.trail.events(Self.signIns, before: pages.last?.last?.id, limit: 3))
        } while pages.last?.isEmpty == false
        #expect(pages.map(\.count) == [3, 3, 1, 0])
        #expect(pages.flatMap(\.self).compactMap(\.subject) == ["6", "5", "4", "3", "2", "1", "0"])
    }

    @Test("a tenant's events are its own")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        try await tenant.trail.record(AuditEvent(.signIn, actor: .system, origin: .test()))
        let event = try #require(try await tenant.events(.signIn).first)
        #expect(try await other.types(Self.signIns).isEmpty)
        let after = EventID.make(at: tenant.clock.now + 60)
        #expect(try await other.trail.events(Self.signIns, before: after, limit: 10).isEmpty)
        #expect(try await tenant.trail.events(Self.signIns, before: after, limit: 10).map(\.id) == [event.id])
    }
}

extension TestTenant {
    fileprivate var trail: AuditTrail { get async throws { try await services.auditTrail(of: tenant) } }

    /// The types of the events, without that of the tenant's first key, which the first event of all is sealed with.
    fileprivate func types(_ filter: AuditFilter) async throws -> [String] {
        try await trail.events(filter, before: nil, limit: 50).map(\.type).filter { $0 != "data_key.created" }
    }
}
