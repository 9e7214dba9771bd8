import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import RecoveryCodes

@Suite("Falling back on recovery codes")
struct RecoveryCodesTests {
    @Test("keeps the rules of a second factor")
    func conformance() async throws {
        let fixture = try await RecoveryCodesFixture()
        let suite = SecondFactorConformance(
            .init(
                provider: fixture.provider, user: fixture.user, otherUser: fixture.otherUser,
                enroll: { try await fixture.makeSet(for: $0) }, nextCode: { try fixture.nextCode(of: $0) }))
        #expect(await suite.violations() == [])
    }

    @Test("each of ten codes is accepted once, in any order, and counted")
    func singleUse() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        let codes = fixture.codes(of: set).shuffled()
        #expect(codes.count == 10)
        for (index, code) in codes.enumerated() {
            #expect(try await fixture.provider.remaining(in: set) == 10 - index)
            #expect(try await fixture.verify(code, among: [set]) == .accepted(set))
            #expect(try await fixture.verify(code, among: [set]) == .rejected(.wrongCredential))
        }
        #expect(try await fixture.provider.remaining(in: set) == 0)
        for code in codes { #expect(try await fixture.verify(code, among: [set]) == .rejected(.wrongCredential)) }
    }

    @Test("a used code stays in its row with the time of its use")
    func timeOfUse() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        fixture.clock.advance(by: .seconds(60))
        _ = try await fixture.verify(fixture.codes(of: set)[3], among: [set])
        #expect(fixture.tables.rows(of: set).map(\.usedAt) == (0..<10).map { $0 == 3 ? fixture.clock.now : nil })
    }

    @Test("a code that somebody else used after it was looked up is refused")
    func lostRace() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        fixture.tables.database.answer(UseRecoveryCode.self, rows: [])
        let verdict = try await fixture.verify(fixture.codes(of: set)[0], among: [set])
        #expect(verdict == .rejected(.alreadyUsed))
    }

    @Test("is taken in either case, with all hyphens or none")
    func spellings() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        let spell: [(String) -> String] = [
            { $0 }, { $0.uppercased() }, { $0.replacing("-", with: "") },
            { $0.uppercased().replacing("-", with: "") }, { $0.prefix(10).uppercased() + $0.dropFirst(10) },
        ]
        for (code, spell) in zip(fixture.codes(of: set), spell) {
            #expect(try await fixture.verify(spell(code), among: [set]) == .accepted(set))
            #expect(try await fixture.verify(code, among: [set]) == .rejected(.wrongCredential))
        }
    }

    @Test("text that is no code is refused before anything is looked up")
    func malformed() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        let before = fixture.tables.database.ran.count
        for text in ["", "123456", String(repeating: "-", count: 30), String(repeating: "u", count: 26)] {
            #expect(try await fixture.verify(text, among: [set]) == .rejected(.malformed))
        }
        #expect(fixture.tables.database.ran.count == before)
    }

    @Test("a code of another set is refused, and stays unused")
    func otherSet() async throws {
        let fixture = try await RecoveryCodesFixture()
        let (own, other) = (try await fixture.makeSet(), try await fixture.makeSet(for: fixture.otherUser))
        let code = fixture.codes(of: other)[0]
        #expect(try await fixture.verify(code, among: [own]) == .rejected(.wrongCredential))
        #expect(try await fixture.verify(code, among: []) == .rejected(.wrongCredential))
        #expect(try await fixture.provider.remaining(in: other) == 10)
    }

    @Test("a hash that was moved to another row is an error, whatever is typed")
    func movedHash() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        fixture.tables.swapHashes(0, 1)
        for code in fixture.codes(of: set).prefix(3) {
            await #expect(throws: UnlockedKeys.ElsewhereError.self) { try await fixture.verify(code, among: [set]) }
        }
        #expect(try await fixture.provider.remaining(in: set) == 10)
    }

    @Test("a lost database is an error, not a refusal")
    func lostDatabase() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        let code = fixture.codes(of: set)[0]
        fixture.tables.database.failure = .unavailable
        await #expect(throws: DatabaseError.unavailable) { try await fixture.verify(code, among: [set]) }
        await #expect(throws: DatabaseError.unavailable) { try await fixture.provider.remaining(in: set) }
    }

    @Test("preparing writes nothing; what it returns stores sealed hashes, each for its row, and no code")
    func prepared() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = FactorID.make(at: fixture.clock.now)
        let prepared = try await fixture.provider.prepare(set, of: fixture.user)
        #expect(fixture.tables.database.ran.isEmpty)
        _ = try await fixture.tables.database.run(prepared.store)
        let rows = fixture.tables.rows(of: set)
        #expect(rows.count == 10)
        for (row, code) in zip(rows, prepared.codes) {
            let cell = Cell(CellColumn(number: 10), row: RecoveryCodeID(rawValue: row.id))
            let hash = try UnlockedKeys.opened(row.sealedHash, at: cell)
            #expect(try #require(RecoveryCode(typed: code)).hash.matches(SecretBytes(hash)))
        }
        #expect("\(prepared)".contains("<secret>") && !"\(prepared)".contains(prepared.codes[0].withExposed { $0 }))
    }

    @Test("every statement that is run is among the declared ones, and each is run")
    func declaredStatements() async throws {
        let fixture = try await RecoveryCodesFixture()
        let set = try await fixture.makeSet()
        _ = try await fixture.verify(fixture.codes(of: set)[0], among: [set])
        _ = try await fixture.provider.remaining(in: set)
        #expect(Set(fixture.tables.database.ran.map(\.sql)) == Set(RecoveryCodesProvider.statements.map { $0.sql }))
    }

    @Test("there is nothing to set, and a key that is set is reported")
    func settings() {
        #expect(ProviderSettingsConformance(RecoveryCodesSettings.self).violations() == [])
        let settings: SettingsLiteral = ["count": 12]
        #expect(
            settings.read(as: RecoveryCodesSettings.self).problems.map(\.description) == [
                "1: count: is not a key here; remove it"
            ])
    }
}
