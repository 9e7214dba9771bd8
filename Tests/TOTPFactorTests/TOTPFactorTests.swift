import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import TOTPFactor

@Suite("Proving a second factor with an app")
struct TOTPFactorTests {
    @Test(
        "keeps the rules of a second factor",
        arguments: [
            [:], ["strict": true], ["digits": 8], ["algorithm": "sha256"], ["algorithm": "sha512", "digits": 8],
        ] as [SettingsLiteral])
    func conformance(settings: SettingsLiteral) async throws {
        let fixture = try await TOTPFixture(settings)
        let suite = SecondFactorConformance(
            .init(
                provider: fixture.provider, user: fixture.user, otherUser: fixture.otherUser,
                enroll: { try await fixture.enroll($0) }, nextCode: { try fixture.nextCode(of: $0) }))
        #expect(await suite.violations() == [])
    }

    @Test("the codes of this step and of the one before are accepted, and of no other")
    func window() async throws {
        let fixture = try await TOTPFixture()
        for (steps, isAccepted) in [(-3, false), (-2, false), (-1, true), (0, true), (1, false), (2, false)] {
            let factor = try await fixture.enroll()
            let verdict = try await fixture.verify(try fixture.code(of: factor, steps: steps), among: [factor])
            #expect(verdict == (isAccepted ? .accepted(factor) : .rejected(.wrongCredential)), "\(steps) steps off")
        }
    }

    @Test("strictly, only the code of this step is accepted")
    func strictWindow() async throws {
        let fixture = try await TOTPFixture(["strict": true])
        for steps in -3...3 {
            let factor = try await fixture.enroll()
            let verdict = try await fixture.verify(try fixture.code(of: factor, steps: steps), among: [factor])
            #expect(verdict == (steps == 0 ? .accepted(factor) : .rejected(.wrongCredential)), "\(steps) steps off")
        }
    }

    @Test("a code lives until the end of the step after its own, to the second")
    func lastMoment() async throws {
        let start = Date(timeIntervalSince1970: 1_750_000_020)
        for (settings, lifeSeconds) in [([:], 60), (["strict": true], 30)] as [(SettingsLiteral, TimeInterval)] {
            let fixture = try await TOTPFixture(settings, clock: FixedClock(start))
            let factors = [try await fixture.enroll(), try await fixture.enroll()]
            let codes = try factors.map { try fixture.code(of: $0) }
            fixture.clock.set(to: start + lifeSeconds - 0.001)
            #expect(try await fixture.verify(codes[0], among: [factors[0]]) == .accepted(factors[0]))
            fixture.clock.set(to: start + lifeSeconds)
            #expect(try await fixture.verify(codes[1], among: [factors[1]]) == .rejected(.wrongCredential))
        }
    }

    @Test("a used code is refused in its step and in the next")
    func replay() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        let code = try fixture.code(of: factor)
        #expect(try await fixture.verify(code, among: [factor]) == .accepted(factor))
        #expect(fixture.tables[factor]?.lastStep == TimeStep(at: fixture.clock.now).number)
        #expect(try await fixture.verify(code, among: [factor]) == .rejected(.alreadyUsed))
        fixture.advance()
        #expect(try await fixture.verify(code, among: [factor]) == .rejected(.alreadyUsed))
        #expect(try await fixture.verify(try fixture.code(of: factor), among: [factor]) == .accepted(factor))
    }

    @Test("after a later code, an earlier one is refused")
    func earlierStep() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        let earlier = try fixture.code(of: factor, steps: -1)
        #expect(try await fixture.verify(try fixture.code(of: factor), among: [factor]) == .accepted(factor))
        #expect(try await fixture.verify(earlier, among: [factor]) == .rejected(.alreadyUsed))
    }

    @Test("a clock that goes back brings no used code back")
    func clockGoesBack() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        let code = try fixture.code(of: factor)
        #expect(try await fixture.verify(code, among: [factor]) == .accepted(factor))
        fixture.advance(steps: -1)
        for steps in [-1, 0] {
            let verdict = try await fixture.verify(try fixture.code(of: factor, steps: steps), among: [factor])
            #expect(verdict == .rejected(.alreadyUsed))
        }
    }

    @Test("another node refuses what one has accepted")
    func secondNode() async throws {
        let first = try await TOTPFixture()
        let second = try await TOTPFixture(tables: first.tables, clock: first.clock)
        let factor = try await first.enroll()
        let code = try first.code(of: factor)
        #expect(try await first.verify(code, among: [factor]) == .accepted(factor))
        #expect(try await second.verify(code, among: [factor]) == .rejected(.alreadyUsed))
    }

    @Test("a used code of one factor says nothing against the other")
    func twoFactors() async throws {
        let fixture = try await TOTPFixture()
        let factors = [try await fixture.enroll(), try await fixture.enroll()]
        for factor in factors {
            let code = try fixture.code(of: factor)
            #expect(try await fixture.verify(code, among: factors) == .accepted(factor))
            #expect(try await fixture.verify(code, among: factors) == .rejected(.alreadyUsed))
        }
    }

    @Test("codes of another length than the factor's are refused, however right")
    func length() async throws {
        let fixture = try await TOTPFixture(["digits": 8])
        let factor = try await fixture.enroll()
        let code = try fixture.code(of: factor)
        #expect(try await fixture.verify(String(code.suffix(6)), among: [factor]) == .rejected(.wrongCredential))
        #expect(try await fixture.verify(code, among: [factor]) == .accepted(factor))
    }

    @Test("digits of other scripts are refused")
    func otherDigits() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        let code = try fixture.code(of: factor)
        for zero in [0x0660, 0x06F0, 0x0966, 0xFF10, 0x1D7CE] as [UInt32] {
            let scalars = code.unicodeScalars.compactMap { UnicodeScalar($0.value - 0x30 + zero) }
            let text = String(String.UnicodeScalarView(scalars))
            #expect(try await fixture.verify(text, among: [factor]) == .rejected(.malformed))
        }
        #expect(try await fixture.verify(code, among: [factor]) == .accepted(factor))
    }

    @Test("the factors that were asked about are tried, and no others")
    func onlyThose() async throws {
        let fixture = try await TOTPFixture()
        let (own, other) = (try await fixture.enroll(), try await fixture.enroll())
        let code = try fixture.code(of: other)
        #expect(try await fixture.verify(code, among: [own]) == .rejected(.wrongCredential))
        #expect(try await fixture.verify(code, among: []) == .rejected(.noCredential))
        #expect(fixture.tables.database.count(of: BurnTOTPStep.self) == 0)
    }
}

@Suite("Stored secrets of apps")
struct StoredSecretTests {
    @Test("a seed copied into another factor's row is an error, whatever is typed")
    func copiedSeed() async throws {
        let fixture = try await TOTPFixture()
        let (own, other) = (try await fixture.enroll(), try await fixture.enroll())
        fixture.tables[own]?.sealedSeed = try #require(fixture.tables[other]?.sealedSeed)
        for code in [try fixture.code(of: other), try fixture.code(of: own), "000000"] {
            await #expect(throws: UnlockedKeys.ElsewhereError.self) { try await fixture.verify(code, among: [own]) }
            await #expect(throws: UnlockedKeys.ElsewhereError.self) {
                try await fixture.verify(code, among: [own, other])
            }
        }
        #expect(fixture.tables.database.count(of: BurnTOTPStep.self) == 0)
    }

    @Test("algorithm and digits are the factor's, whatever the settings say later")
    func laterSettings() async throws {
        let old = try await TOTPFixture(["algorithm": "sha256", "digits": 8])
        let factor = try await old.enroll()
        let new = try await TOTPFixture(["algorithm": "sha1", "digits": 6], tables: old.tables, clock: old.clock)
        #expect(try await new.verify(try old.code(of: factor), among: [factor]) == .accepted(factor))
        #expect(old.tables[factor].map { "\($0.algorithm) \($0.digits)" } == "sha256 8")
    }

    @Test("a row that no settings would make is an error, not a refusal")
    func corruptRow() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        fixture.tables[factor]?.algorithm = "md5"
        await #expect(throws: TOTPError.self) { try await fixture.verify("123456", among: [factor]) }
    }

    @Test("a lost database is an error, not a refusal")
    func lostDatabase() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        fixture.tables.database.failure = .unavailable
        await #expect(throws: DatabaseError.unavailable) { try await fixture.verify("123456", among: [factor]) }
    }

    @Test("every statement that is run is among the declared ones, and each is run")
    func declaredStatements() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        _ = try await fixture.verify(try fixture.code(of: factor), among: [factor])
        #expect(Set(fixture.tables.database.ran.map(\.sql)) == Set(TOTPProvider.statements.map { $0.sql }))
    }
}
