import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("An API key that is changed or ended")
struct KeyChangeTests {
    @Test("is changed by those who may do all that it allows, before and after")
    func subset() async throws {
        let tenant = try await TestTenant.make()
        let key = try await tenant.apiKey(scopes: [.usersRead, .rolesRead]).key.id
        let cases: [(may: Set<Permission>, scopes: [Permission]?, isAllowed: Bool)] = [
            ([.usersRead], [.usersRead], false), ([.usersRead], nil, false),
            ([.usersRead, .rolesRead], [.usersRead, .auditRead], false), ([.auditRead], [.auditRead], false),
            ([.usersRead, .rolesRead], nil, true), ([.usersRead, .rolesRead, .auditRead], [.auditRead], true),
        ]
        for (may, scopes, isAllowed) in cases {
            let before = try await tenant.stored(key)
            let changes = APIKeyChanges(name: "changed", scopes: scopes)
            let outcome = try await tenant.apiKeys.update(key, to: changes, by: .anybody(may))
            #expect(outcome.refusal == (isAllowed ? nil : .forbidden), "\(may) \(scopes ?? [])")
            let after = try await tenant.stored(key)
            #expect(after.name == (isAllowed ? "changed" : before.name))
            #expect(after.scopes == (isAllowed ? scopes ?? before.scopes : before.scopes))
        }
    }

    @Test("keeps what is not said to change")
    func parts() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(networks: ["10.0.0.0/8"], rateLimit: 5)
        let network = try #require(AddressBlock("192.0.2.0/24"))
        let steps: [(APIKeyChanges, (APIKey) -> Bool)] = [
            (APIKeyChanges(name: "n"), { $0.name == "n" && $0.rateLimit == 5 }),
            (APIKeyChanges(scopes: [.auditRead]), { $0.name == "n" && $0.scopes == [.auditRead] }),
            (APIKeyChanges(allowedNetworks: [network]), { $0.allowedNetworks == ["192.0.2.0/24"] }),
            (APIKeyChanges(rateLimit: 9), { $0.rateLimit == 9 && $0.scopes == [.auditRead] }),
            (APIKeyChanges(rateLimit: .some(nil)), { $0.rateLimit == nil && $0.metadata == ["plan": "gold"] }),
            (APIKeyChanges(metadata: ["a": "b"]), { $0.metadata == ["a": "b"] && $0.name == "n" }),
        ]
        for (changes, holds) in steps {
            tenant.clock.advance(by: .seconds(1))
            let changed = try await tenant.apiKeys.update(issued.key.id, to: changes, by: .hostOperator(.test())).get()
            #expect(holds(changed), "\(changes)")
            #expect(changed.updatedAt == tenant.clock.now)
            #expect(changed.secrets.map(\.id) == [issued.secret])
        }
        #expect(try await tenant.events(.apiKeyChanged).count == steps.count)
    }

    @Test("takes effect at once where it is remembered, whatever is changed")
    func remembered() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey(scopes: [.usersRead, .rolesRead])
        let network = try #require(AddressBlock("203.0.113.0/24"))
        #expect(try await tenant.refusal(of: issued.text, for: [.rolesRead]) == nil)
        try await tenant.change(issued, APIKeyChanges(scopes: [.usersRead]))
        #expect(try await tenant.refusal(of: issued.text, for: [.rolesRead]) == .insufficientScope)
        try await tenant.change(issued, APIKeyChanges(rateLimit: 1))
        #expect(try await tenant.refusal(of: issued.text) == nil)
        #expect(try await tenant.refusal(of: issued.text) == .rateLimited(retryAfterSeconds: 60))
        try await tenant.change(issued, APIKeyChanges(allowedNetworks: [network]))
        #expect(try await tenant.refusal(of: issued.text) == .networkNotAllowed)
    }

    @Test("is ended with all its secrets, once, by whoever may end keys")
    func revoke() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey(scopes: [.usersRead])
        let rotated = try await tenant.rotate(issued.key.id)
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
        let key = try await tenant.apiKeys.revoke(issued.key.id, because: "lost", by: .anybody([])).get()
        #expect((key.state(at: tenant.clock.now), key.revokeReason) == (.revoked, "lost"))
        #expect(key.secrets.map(\.endedBecause) == ["revoked", "revoked"])
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == .revoked) }

        tenant.clock.advance(by: .seconds(1))
        let again = try await tenant.apiKeys.revoke(issued.key.id, because: "again", by: .anybody([])).get()
        #expect((again.revokeReason, again.revokedAt) == ("lost", key.revokedAt))
        #expect(try await tenant.events(.apiKeyRevoked).map(\.details) == [["reason": "lost"]])
        let changes = APIKeyChanges(name: "n")
        #expect(try await tenant.apiKeys.update(key.id, to: changes, by: .hostOperator(.test())).refusal == .keyNotLive)
    }

    @Test("is revoked for whatever reason is given, in whatever words")
    func reasons() async throws {
        let tenant = try await TestTenant.make()
        for reason in ["expired", "leaked", "", nil] {
            let issued = try await tenant.apiKey()
            let key = try await tenant.apiKeys.revoke(issued.key.id, because: reason, by: .anybody([])).get()
            #expect(key.state(at: tenant.clock.now) == .revoked, "\(reason ?? "none")")
            #expect(try await tenant.refusal(of: issued.text) == .revoked, "\(reason ?? "none")")
        }
    }

    @Test("is on no list once it was deleted, and nothing can be done with it")
    func delete() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let (kept, gone) = (try await tenant.apiKey("kept"), try await tenant.apiKey("gone"))
        #expect(try await tenant.refusal(of: gone.text) == nil)
        _ = try await tenant.apiKeys.delete(gone.key.id, by: .anybody([])).get()
        #expect(try await tenant.refusal(of: gone.text) == .revoked)
        let keys = try await tenant.apiKeys
        #expect(try await keys.key(gone.key.id) == nil)
        #expect(try await keys.list(after: nil, limit: 10).map(\.id) == [kept.key.id])
        let (id, caller) = (gone.key.id, Caller.hostOperator(.test()))
        #expect(try await keys.update(id, to: APIKeyChanges(name: "n"), by: caller).refusal == .notFound)
        #expect(try await keys.revoke(id, because: nil, by: caller).refusal == .notFound)
        #expect(try await keys.delete(id, by: caller).refusal == .notFound)
        #expect(try await keys.rotate(id, overlapSeconds: nil, by: caller).refusal == .notFound)
        #expect(try await keys.finishRotation(of: id, by: caller).refusal == .notFound)
        #expect(try await keys.cancelRotation(of: id, by: caller).refusal == .notFound)
        #expect(try await APIKeys.overdue(in: tenant.database, at: .distantFuture, limit: 9).map(\.id) == [kept.key.id])
        #expect(try await tenant.refusal(of: kept.text) == nil)
    }

    @Test("is listed page by page, each once")
    func pages() async throws {
        let tenant = try await TestTenant.make()
        var made: [KeyID] = []
        for _ in 0..<5 {
            made.append(try await tenant.apiKey().key.id)
            tenant.clock.advance(by: .seconds(1))
        }
        var (listed, after): ([KeyID], KeyID?) = ([], nil)
        while true {
            let page = try await tenant.apiKeys.list(after: after, limit: 2)
            listed += page.map(\.id)
            guard let last = page.last else { break }
            after = last.id
        }
        #expect(listed == made)
    }
}

extension TestTenant {
    fileprivate func change(_ issued: IssuedAPIKey, _ changes: APIKeyChanges) async throws {
        _ = try await apiKeys.update(issued.key.id, to: changes, by: .hostOperator(.test())).get()
    }
}
