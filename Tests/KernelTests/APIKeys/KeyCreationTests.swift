import Cryptography
import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A new API key")
struct KeyCreationTests {
    @Test("is shown once: the database keeps a hash of its text and nothing else of it, and the log nothing at all")
    func shownOnce() async throws {
        let log = CapturedLog()
        let made = try await TestTenant.make()
        let tenant = try await made.served(by: made.services, logger: log.logger)
        let issued = try await tenant.apiKey(by: try await tenant.keeper())
        let rotated = try await tenant.rotate(issued.key.id)
        #expect(try await tenant.refusal(of: rotated.text) == nil)
        #expect(try await tenant.refusal(of: issued.text) == nil)
        await tenant.services.keyUses.flush()
        let stored = try await tenant.rows().values.compactMap { $0 }.joined() + log.lines.joined()
        for text in [issued.text, rotated.text] {
            // The whole, and the part that nobody guesses, as text and as bytes.
            for part in [text.text, String(text.text.suffix(49).prefix(43))] {
                #expect(!stored.contains(part))
                #expect(!stored.contains(Hexadecimal.encode(Array(part.utf8))))
            }
        }
        #expect(stored.contains(issued.key.id.rawValue.uuidString.lowercased()))
        let lengths = "SELECT string_agg(octet_length(hash)::text, ' ') FROM gatehouse.api_key_secrets"
        #expect(try await tenant.database.value(lengths) == "32 32")
    }

    @Test("allows no more than whoever makes it may do", arguments: BuiltInRole.allCases)
    func scopes(_ role: BuiltInRole) async throws {
        let tenant = try await TestTenant.make()
        let keeper = try await tenant.keeper(roles: [role.rawValue])
        for permission in Permission.allCases {
            let new = NewAPIKey(name: "k", scopes: [.productRead, permission])
            let refusal = try await tenant.apiKeys.create(new, by: keeper).refusal
            #expect(refusal == (role.permissions.contains(permission) ? nil : .forbidden), "\(permission)")
        }
        let made = try await tenant.apiKeys.list(after: nil, limit: 100)
        #expect(made.count == role.permissions.count)
        #expect(made.allSatisfy { $0.owner == keeper.person })
        let refused = try await tenant.events(.apiKeyCreated).filter { $0.outcome == "refused" }
        #expect(refused.count == Permission.allCases.count - role.permissions.count)
    }

    @Test("that a key makes belongs to that key's owner, and allows no more than that key does")
    func byKey() async throws {
        let tenant = try await TestTenant.make()
        let keeper = try await tenant.keeper()
        for owner in [keeper.person, nil] {
            let maker = Caller(
                actor: .key(.make(at: tenant.clock.now), owner: owner), permissions: [.usersRead, .keysCreate],
                origin: .test())
            let wide = NewAPIKey(name: "wide", scopes: [.usersRead, .keysRotate])
            #expect(try await tenant.apiKeys.create(wide, by: maker).refusal == .forbidden)
            let issued = try await tenant.apiKey(scopes: [.usersRead], by: maker)
            #expect(issued.key.owner == owner)
            #expect(try await tenant.refusal(of: issued.text, for: [.usersRead]) == nil)
        }
    }

    @Test("is good as long as the policy has it, or shorter, and never longer")
    func lifetime() async throws {
        let tenant = try await TestTenant.make("api_keys: {max_age: 30d}")
        let most = 30 * 86_400
        for (asked, given) in [(nil, most), (most, most), (60, 60)] {
            let issued = try await tenant.apiKey(lifetimeSeconds: asked)
            #expect(issued.key.lifetimeSeconds == given)
            #expect(issued.key.current?.expiresAt == tenant.clock.now.addingTimeInterval(Double(given)))
        }
        let new = NewAPIKey(name: "k", scopes: [.usersRead], lifetimeSeconds: most + 1)
        let refusal = try await tenant.apiKeys.create(new, by: .hostOperator(.test())).refusal
        #expect(refusal == .lifetimeTooLong(seconds: most))
        #expect(try await tenant.apiKeys.list(after: nil, limit: 10).count == 3)
    }

    @Test("is what was asked for, and is on record")
    func whole() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey(scopes: [.usersRead, .rolesRead], networks: ["10.0.0.0/8"], rateLimit: 7)
        for key in [issued.key, try await tenant.stored(issued.key.id)] {
            #expect((key.name, key.owner, key.rateLimit) == ("billing", nil, 7))
            #expect((key.scopes, key.allowedNetworks) == ([.usersRead, .rolesRead], ["10.0.0.0/8"]))
            #expect(key.metadata == ["plan": "gold"])
            #expect((key.createdAt, key.state(at: tenant.clock.now)) == (tenant.clock.now, .active))
            #expect(key.secrets.map(\.id) == [issued.secret])
        }
        let verified = try await tenant.verify(issued.text, from: "10.1.2.3").key
        #expect(verified?.key == issued.key.id)
        #expect((verified?.secret, verified?.metadata) == (issued.secret, ["plan": "gold"]))
        let event = try #require(try await tenant.events(.apiKeyCreated).first)
        #expect((event.outcome, event.subject) == ("success", issued.key.id.description))
        #expect(event.details == ["name": "billing", "scopes": "roles.read users.read"])
    }

    @Test("is one of many that are made at once, at a tenant that has none yet")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        let nodes = try await inParallel(3) { _ in try await tenant.served(by: try await tenant.anotherNode()) }
        let issued = try await inParallel(12) { try await nodes[$0 % 3].apiKey() }
        #expect(try await tenant.database.value("SELECT count(*) FROM gatehouse.hash_keys") == "1")
        for key in issued { #expect(try await tenant.refusal(of: key.text) == nil) }
    }
}
