import Crypto
import Cryptography
import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A receipt of a deletion")
struct DeletionReceiptTests {
    @Test("says what was removed and when, and where the audit trail had come to")
    func contents() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.signedIn()
        let events = try await tenant.count(of: "audit_events")
        let last = try #require(
            try await tenant.services.auditTrail(of: tenant.tenant).events(AuditFilter(), before: nil, limit: 1).first)
        let done = try await tenant.departed()
        let text = try #require(done.receipt)
        let receipt = try #require(try await tenant.services.deletionReceipts.read(text))
        #expect((receipt.operation, receipt.tenant, receipt.slug) == (done.id, tenant.id, tenant.tenant.slug.text))
        #expect(receipt.rows == done.counts)
        #expect(receipt.rows["users"] == 1)
        #expect(receipt.auditHead?.lastEvent == last.id)
        #expect(receipt.auditHead?.count == events)
        #expect(receipt.keyDestroyedAt == "2096-10-02T07:06:40.000Z")
        #expect(receipt.finishedAt == "2096-10-02T07:06:40.000Z")
    }

    @Test("with any letter changed is none, nor is a token, nor what another installation signed")
    func forged() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.signedIn().tokens.accessToken.withExposed { $0 }
        let text = try #require(try await tenant.departed().receipt)
        let receipts = tenant.services.deletionReceipts
        #expect(try await receipts.read(text) != nil)
        for place in stride(from: 0, to: text.utf8.count, by: 7) {
            var bytes = Array(text.utf8)
            bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try await receipts.read(String(decoding: bytes, as: UTF8.self)) == nil, "\(place)")
        }
        #expect(try await receipts.read(token) == nil)
        #expect(try await receipts.read("") == nil)
        let others = DeletionReceipts(secrets: PlatformSecrets([try Self.key()]))
        #expect(try await others.read(text) == nil)
    }

    @Test("is read still when the secret was changed once, and not when it was changed twice")
    func rotation() async throws {
        let (first, second, third) = (try Self.key(), try Self.key(), try Self.key())
        let secrets = PlatformSecrets([first])
        let receipts = DeletionReceipts(secrets: secrets)
        let text = try await receipts.sign(try await sample())
        secrets.use([second, first])
        #expect(try await receipts.read(text) != nil)
        #expect(try await receipts.publicKeys().count == 2)
        secrets.use([third, second])
        #expect(try await receipts.read(text) == nil)
    }

    @Test("is verified by whoever has the published key, with nothing of ours")
    func publicKey() async throws {
        let receipts = DeletionReceipts(secrets: PlatformSecrets([try Self.key()]))
        let text = try await receipts.sign(try await sample())
        let published = try #require(try await receipts.publicKeys().first)
        let parts = text.split(separator: ".").map(String.init)
        let header = try #require(Base64URL.decode(Array(parts[0].utf8)))
        let members = try JSONDecoder().decode([String: String].self, from: Data(header))
        #expect(
            members == ["alg": "EdDSA", "typ": "gatehouse-deletion-receipt+jwt", "kid": published.kid])
        let point = try #require(Base64URL.decode(Array((published.x ?? "").utf8)))
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: point)
        let signature = try #require(Base64URL.decode(Array(parts[2].utf8)))
        #expect(key.isValidSignature(Data(signature), for: Data("\(parts[0]).\(parts[1])".utf8)))
    }

    private func sample() async throws -> DeletionReceipt {
        let tenant = try await TestTenant.make()
        let operation = try await tenant.letGo(by: try await tenant.offboarding())
        return DeletionReceipt(of: operation, finishedAt: tenant.clock.now)
    }

    private static func key() throws -> KeyBytes { KeyBytes(try Randomness.bytes(32)) }
}

extension TestTenant {
    /// Lets go of the tenant, to the end.
    fileprivate func departed() async throws -> PlatformOperation {
        let offboarding = try await offboarding()
        return try await offboarding.run(try await letGo(by: offboarding).id)
    }
}
