import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import TOTPFactor

@Suite("Setting an app up")
struct EnrollmentTests {
    @Test("shows one secret in three forms")
    func offer() async throws {
        let fixture = try await TOTPFixture()
        let offer = try await fixture.prepare(.make(at: fixture.clock.now)).offer
        let secret = offer.secret.withExposed { $0 }
        #expect(secret.utf8.count == 32)
        #expect(
            offer.uri.withExposed { $0 }
                == "otpauth://totp/Acme%20Inc.:ada%40acme.example?secret=\(secret)&issuer=Acme%20Inc."
                + "&algorithm=SHA1&digits=6&period=30")
        #expect(offer.picture.withExposed { $0 } == (try QRCode(offer.uri)).picture.withExposed { $0 })
        #expect("\(offer)".contains("<secret>") && !"\(offer)".contains(secret))
    }

    @Test("names the issuer of the settings where there is one")
    func issuer() async throws {
        let fixture = try await TOTPFixture(["issuer": "Harbour Bank", "algorithm": "sha512", "digits": 8])
        let uri = try await fixture.prepare(.make(at: fixture.clock.now)).offer.uri.withExposed { $0 }
        #expect(uri.hasPrefix("otpauth://totp/Harbour%20Bank:ada%40acme.example?secret="))
        #expect(uri.hasSuffix("&issuer=Harbour%20Bank&algorithm=SHA512&digits=8&period=30"))
    }

    @Test("gives a seed as long as the hash, another one every time", arguments: TOTPAlgorithm.allCases)
    func seeds(algorithm: TOTPAlgorithm) {
        let factor = FactorID.make(at: Date(timeIntervalSince1970: 0))
        let seeds = (0..<50).map { _ in
            TOTPSecret.make(for: factor, algorithm: algorithm, digits: 6).seed.withExposedBytes { Array($0) }
        }
        #expect(seeds.allSatisfy { $0.count == algorithm.hashSizeBytes && $0.count >= 20 })
        #expect(Set(seeds).count == 50)
        // Each bit is set in some and clear in others; by chance, one in 2^40 runs would not see it so.
        let (union, common) = seeds.reduce(
            ([UInt8](repeating: 0, count: algorithm.hashSizeBytes), [UInt8](repeating: 0xFF, count: 64))
        ) { (zip($0.0, $1).map { $0 | $1 }, zip($0.1, $1).map { $0 & $1 }) }
        #expect(union.allSatisfy { $0 == 0xFF })
        #expect(common.allSatisfy { $0 == 0 })
    }

    @Test("writes nothing; what it returns stores the seed sealed, with how codes are made of it")
    func stored() async throws {
        let fixture = try await TOTPFixture(["algorithm": "sha256", "digits": 8])
        let factor = FactorID.make(at: fixture.clock.now)
        let prepared = try await fixture.prepare(factor)
        #expect(fixture.tables.database.ran.isEmpty)
        #expect(prepared.store.count == 1)
        _ = try await fixture.tables.database.run(prepared.store)
        let row = try #require(fixture.tables[factor])
        let seed = try UnlockedKeys.opened(row.sealedSeed, at: Cell(CellColumn(number: 9), row: factor))
        #expect(Base32.text(of: SecretBytes(seed)).bytes.matches(prepared.offer.secret.bytes))
        #expect((row.algorithm, row.digits, row.lastStep) == ("sha256", 8, 0))
    }

    @Test("the code that confirms it is used up")
    func confirmation() async throws {
        let fixture = try await TOTPFixture()
        let factor = try await fixture.enroll()
        let code = try fixture.code(of: factor)
        #expect(try await fixture.verify(code, among: [factor]) == .accepted(factor))
        #expect(try await fixture.verify(code, among: [factor]) == .rejected(.alreadyUsed))
    }
}
