import PluginKit
import PluginTesting
import Testing

@testable import PasswordLogin

@Suite("Choosing a password")
struct PasswordChangeTests {
    private static let passwords = (1...9).map { "harbour number \($0)!" }

    @Test("the last passwords may not be chosen again, the one before them may")
    func history() async throws {
        let fixture = try await PasswordLoginFixture(["history": 3])
        for password in Self.passwords.prefix(4) { try await fixture.set(password, for: fixture.user) }
        for password in Self.passwords[1...3] {
            #expect(try await fixture.weaknesses(of: password) == ["reused"], "\(password)")
        }
        #expect(try await fixture.weaknesses(of: Self.passwords[0]) == [])
        #expect(fixture.tables.historyCount(of: fixture.user) == 2)
    }

    @Test("another spelling of a remembered password is the same password")
    func historyNormalization() async throws {
        let fixture = try await PasswordLoginFixture()
        try await fixture.set("caf\u{e9} by the harbour", for: fixture.user)
        #expect(try await fixture.weaknesses(of: "cafe\u{301} by the harbour") == ["reused"])
    }

    @Test("without history the current password may stay, and none is kept")
    func noHistory() async throws {
        let fixture = try await PasswordLoginFixture(["history": 0])
        for _ in 1...2 { try await fixture.set(Self.passwords[0], for: fixture.user) }
        #expect(fixture.tables.historyCount(of: fixture.user) == 0)
        #expect(fixture.tables.database.count(of: ListRememberedPasswords.self) == 0)
    }

    @Test("a remembered hash whose pepper is gone does not keep anybody from a new password")
    func unreadableHistory() async throws {
        let fixture = try await PasswordLoginFixture()
        fixture.tables.set(PasswordRecord(hash: "$2b$10$", pepperID: "gone", normalization: 1), for: fixture.user)
        #expect(try await fixture.weaknesses(of: Self.passwords[0]) == [])
    }

    @Test("a password that the policy refuses costs no hash")
    func refusalCostsNothing() async throws {
        let fixture = try await PasswordLoginFixture()
        #expect(try await fixture.weaknesses(of: "short") == ["too_short"])
        #expect(fixture.counter.count == 0)
    }

    @Test("each comparison with a remembered password is work of its own")
    func fairness() async throws {
        let fixture = try await PasswordLoginFixture(["history": 3])
        for password in Self.passwords.prefix(3) { try await fixture.set(password, for: fixture.user) }
        let before = fixture.hashing.runs
        _ = try await fixture.prepare(Self.passwords[5], for: fixture.user)
        #expect(fixture.hashing.runs == before + 5, "the rules, three comparisons, the hash")
    }

    @Test("preparing writes nothing; what it returns stores hash, normalisation and time")
    func prepared() async throws {
        let fixture = try await PasswordLoginFixture()
        guard
            case .ready(let statements) = try await fixture.prepare(
                Self.passwords[0], for: fixture.user, mustChange: true)
        else { throw RefusedInTest() }
        #expect(fixture.tables.credential(of: fixture.user) == nil)
        #expect(!statements.flatMap(\.parameters).contains(.text(Self.passwords[0])))
        _ = try await fixture.tables.database.run(statements)
        let stored = try #require(fixture.tables.credential(of: fixture.user))
        #expect(stored.mustChange)
        #expect(stored.changedAt == fixture.clock.now)
        #expect(stored.record.normalization == NormalizedPassword.version)
    }

    @Test("every statement that is run is among the declared ones")
    func declaredStatements() async throws {
        let fixture = try await PasswordLoginFixture()
        try await fixture.set(Self.passwords[0], for: fixture.user)
        _ = try await fixture.signIn(fixture.user, Self.passwords[0])
        let stronger = try await PasswordLoginFixture(["argon2": ["iterations": 3]], tables: fixture.tables)
        _ = try await stronger.signIn(fixture.user, Self.passwords[0])
        // Counting is for the command line; signing in and choosing a password run all the others.
        let declared = Set(PasswordLoginProvider.statements.map { $0.sql }).subtracting([CountPasswordsByPepper.sql])
        #expect(Set(fixture.tables.database.ran.map(\.sql)) == declared)
    }
}
