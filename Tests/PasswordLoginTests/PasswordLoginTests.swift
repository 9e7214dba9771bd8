import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import PasswordLogin

@Suite("Signing in with a password")
struct PasswordLoginTests {
    private static let pepper: SettingsLiteral = ["id": "p1", "secret": "env:PEPPER"]
    private static let secrets = ["env:PEPPER": "0123456789abcdef-one"]

    @Test(
        "keeps the rules of a password authenticator",
        arguments: [
            ["history": 0], ["history": 0, "pepper": pepper], ["history": 0, "hash": "bcrypt", "bcrypt": ["cost": 10]],
            ["history": 0, "hash": "bcrypt", "bcrypt": ["cost": 10], "pepper": pepper],
        ] as [SettingsLiteral])
    func conformance(settings: SettingsLiteral) async throws {
        let fixture = try await PasswordLoginFixture(settings, secrets: Self.secrets)
        let suite = PasswordAuthenticatorConformance(
            .init(
                authenticator: fixture.provider, user: fixture.user,
                userWithoutPassword: UserID.make(at: fixture.clock.now), hashCount: { fixture.counter.count },
                setPassword: { try await fixture.set($1, for: $0) }))
        #expect(await suite.violations() == [])
    }

    @Test("every sign-in is one piece of work on the hashing pool")
    func poolUse() async throws {
        let fixture = try await PasswordLoginFixture()
        try await fixture.set("a quiet harbour", for: fixture.user)
        for user in [nil, UserID.make(at: fixture.clock.now), fixture.user] {
            let before = fixture.hashing.runs
            _ = try await fixture.signIn(user, "something else")
            #expect(fixture.hashing.runs == before + 1)
        }
    }

    @Test("an unknown person costs the same look-up as a known one")
    func lookUps() async throws {
        let fixture = try await PasswordLoginFixture()
        _ = try await fixture.signIn(nil, "something else")
        _ = try await fixture.signIn(fixture.user, "something else")
        #expect(fixture.tables.database.count(of: FindPasswordCredential.self) == 2)
        #expect(fixture.tables.database.ran.count == 2)
    }

    @Test("a full pool and a lost database are errors, not refusals")
    func undecided() async throws {
        let fixture = try await PasswordLoginFixture()
        fixture.hashing.isFull = true
        await #expect(throws: Overloaded.self) { try await fixture.signIn(fixture.user, "something else") }
        fixture.hashing.isFull = false
        fixture.tables.database.failure = .unavailable
        await #expect(throws: DatabaseError.unavailable) { try await fixture.signIn(fixture.user, "something else") }
    }

    @Test("a password that must be changed is accepted and says so")
    func mustChange() async throws {
        let fixture = try await PasswordLoginFixture()
        try await fixture.set("a quiet harbour", for: fixture.user, mustChange: true)
        let proof = PasswordProof(user: fixture.user, mustChange: true)
        #expect(try await fixture.signIn(fixture.user, "a quiet harbour") == .accepted(proof))
    }

    @Test("bytes that are no UTF-8 are malformed")
    func invalidText() async throws {
        let fixture = try await PasswordLoginFixture()
        let password = SecretText(utf8: SecretBytes([0x61, 0xFF, 0x62]))
        let verdict = try await fixture.provider.authenticate(user: fixture.user, password: password)
        #expect(verdict == .rejected(.malformed))
        #expect(fixture.counter.count == 1)
    }

    @Test(
        "a corrupt stored hash is an error, not a refusal",
        arguments: ["", "plain", "$argon2id$v=19$m=8,t=1,p=1", "$1$x$y"])
    func corruptHash(hash: String) async throws {
        let fixture = try await PasswordLoginFixture()
        fixture.tables.set(PasswordRecord(hash: hash, pepperID: nil, normalization: 1), for: fixture.user)
        await #expect(throws: StoredPasswordError.corrupt) { try await fixture.signIn(fixture.user, "a quiet harbour") }
    }

    @Test("a hash of one person is no hash of another, where there is a pepper")
    func boundToPerson() async throws {
        let fixture = try await PasswordLoginFixture(["pepper": Self.pepper], secrets: Self.secrets)
        try await fixture.set("a quiet harbour", for: fixture.user)
        let thief = UserID.make(at: fixture.clock.now)
        fixture.tables.set(try #require(fixture.tables.credential(of: fixture.user)).record, for: thief)
        #expect(try await fixture.signIn(thief, "a quiet harbour") == .rejected(.wrongCredential))
    }
}

@Suite("Renewing hashes")
struct RenewalTests {
    private static let secrets = ["env:ONE": "0123456789abcdef-one", "env:TWO": "0123456789abcdef-two"]
    private static let password = "a quiet harbour"

    @Test(
        "a sign-in renews a hash that today's settings would make otherwise",
        arguments: [
            ([:], ["argon2": ["iterations": 3]], "$argon2id$v=19$m=19456,t=3,p=1$"),
            ([:], ["argon2": ["memory_kib": 20000]], "$argon2id$v=19$m=20000,t=2,p=1$"),
            (["hash": "bcrypt", "bcrypt": ["cost": 10]], ["hash": "bcrypt", "bcrypt": ["cost": 11]], "$2b$11$"),
            (["hash": "bcrypt", "bcrypt": ["cost": 10]], [:], "$argon2id$"),
            ([:], ["hash": "bcrypt", "bcrypt": ["cost": 10]], "$2b$10$"),
        ] as [(SettingsLiteral, SettingsLiteral, String)])
    func renewal(before: SettingsLiteral, after: SettingsLiteral, prefix: String) async throws {
        let old = try await PasswordLoginFixture(before)
        try await old.set(Self.password, for: old.user)
        let new = try await PasswordLoginFixture(after, tables: old.tables)

        #expect(try await new.signIn(old.user, "a wrong harbour") == .rejected(.wrongCredential))
        #expect(new.tables.database.count(of: ReplacePasswordHash.self) == 0)
        #expect(try await new.signIn(old.user, Self.password).isAccepted)
        #expect(try #require(new.tables.credential(of: old.user)).record.hash.hasPrefix(prefix))

        let before = new.counter.count
        #expect(try await new.signIn(old.user, Self.password).isAccepted)
        #expect(new.counter.count == before + 1, "a hash is renewed once")
    }

    @Test("less cost than before renews nothing")
    func lessCost() async throws {
        let old = try await PasswordLoginFixture(["argon2": ["iterations": 3]])
        try await old.set(Self.password, for: old.user)
        let new = try await PasswordLoginFixture(tables: old.tables)
        #expect(try await new.signIn(old.user, Self.password).isAccepted)
        #expect(new.tables.database.count(of: ReplacePasswordHash.self) == 0)
    }

    @Test("a pepper comes in and is replaced as people sign in")
    func pepperRotation() async throws {
        let none = try await PasswordLoginFixture()
        try await none.set(Self.password, for: none.user)
        let steps: [(SettingsLiteral, String)] = [
            (["pepper": ["id": "p1", "secret": "env:ONE"]], "p1"),
            (["pepper": ["id": "p2", "secret": "env:TWO", "previous": ["id": "p1", "secret": "env:ONE"]]], "p2"),
        ]
        for (settings, id) in steps {
            let fixture = try await PasswordLoginFixture(settings, tables: none.tables, secrets: Self.secrets)
            #expect(try await fixture.signIn(none.user, Self.password).isAccepted)
            #expect(none.tables.credential(of: none.user)?.record.pepperID?.hasPrefix("\(id).") == true)
            #expect(try await fixture.signIn(none.user, "a wrong harbour") == .rejected(.wrongCredential))
        }
    }

    @Test("a hash whose pepper is gone cannot be decided")
    func lostPepper() async throws {
        let old = try await PasswordLoginFixture(["pepper": ["id": "p1", "secret": "env:ONE"]], secrets: Self.secrets)
        try await old.set(Self.password, for: old.user)
        let new = try await PasswordLoginFixture(
            ["pepper": ["id": "p2", "secret": "env:TWO"]], tables: old.tables, secrets: Self.secrets)
        let id = try #require(old.tables.credential(of: old.user)?.record.pepperID)
        await #expect(throws: StoredPasswordError.unknownPepper(id: id)) {
            try await new.signIn(old.user, Self.password)
        }
    }

    @Test("a pepper whose value is exchanged under the same settings changes over live, or cannot be decided")
    func exchangedPepper() async throws {
        let settings: SettingsLiteral = [
            "pepper": ["secret": "env:NOW", "previous": ["secret": "env:BEFORE"]]
        ]
        let secrets = StaticSecrets(["env:NOW": "0123456789abcdef-one"])
        let fixture = try await PasswordLoginFixture(settings, keptIn: secrets)
        try await fixture.set(Self.password, for: fixture.user)
        let first = fixture.tables.credential(of: fixture.user)?.record.pepperID
        secrets.set("env:NOW", to: "0123456789abcdef-two")
        await #expect(throws: StoredPasswordError.self) { try await fixture.signIn(fixture.user, Self.password) }
        secrets.set("env:BEFORE", to: "0123456789abcdef-one")
        #expect(try await fixture.signIn(fixture.user, Self.password).isAccepted)
        #expect(fixture.tables.credential(of: fixture.user)?.record.pepperID != first)
        secrets.set("env:BEFORE", to: nil)
        #expect(try await fixture.signIn(fixture.user, Self.password).isAccepted)
    }

    @Test("a hash that names its pepper by the label alone is understood, and renewed")
    func labelAlone() async throws {
        let fixture = try await PasswordLoginFixture(
            ["pepper": ["id": "p1", "secret": "env:ONE"]], secrets: Self.secrets)
        try await fixture.set(Self.password, for: fixture.user)
        let record = try #require(fixture.tables.credential(of: fixture.user)?.record)
        let older = PasswordRecord(hash: record.hash, pepperID: "p1", normalization: record.normalization)
        fixture.tables.set(older, for: fixture.user)
        #expect(try await fixture.signIn(fixture.user, Self.password).isAccepted)
        #expect(fixture.tables.credential(of: fixture.user)?.record.pepperID == record.pepperID)
    }

    @Test("a sign-in succeeds although its hash cannot be renewed, and the log tells")
    func failedRenewal() async throws {
        let old = try await PasswordLoginFixture()
        let long = String(repeating: "quiet harbour ", count: 6)
        try await old.set(long, for: old.user)
        let new = try await PasswordLoginFixture(["hash": "bcrypt", "bcrypt": ["cost": 10]], tables: old.tables)
        #expect(try await new.signIn(old.user, long).isAccepted)
        #expect(new.log.lines.count == 1)
        #expect(new.log.lines.allSatisfy { $0.hasPrefix("warning") && !$0.contains("harbour") })
    }

    @Test("a pepper that is missing or too short stops the start", arguments: [[:], ["env:ONE": "short"]])
    func badPepper(secrets: [String: String]) async {
        await #expect(throws: SecretBackendError.self) {
            try await PasswordLoginFixture(["pepper": ["id": "p1", "secret": "env:ONE"]], secrets: secrets)
        }
    }
}

extension Verdict {
    fileprivate var isAccepted: Bool {
        if case .accepted = self { true } else { false }
    }
}
