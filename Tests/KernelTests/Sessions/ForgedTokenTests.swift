import Crypto
import DatabaseTesting
import Foundation
import PluginKit
import Testing

@testable import Kernel

/// Tokens with one thing wrong. All but the first few carry a signature that holds, so that nothing but the one thing
/// can be the reason of their refusal.
@Suite("Forged access tokens")
struct ForgedTokenTests {
    @Test("the tests' own signature is as good as the program's")
    func control() async throws {
        let tenant = try await TestTenant.make()
        let token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        let signed = try await token.signed(by: tenant.activeKey())
        #expect(try await tenant.verify(signed) != nil)
    }

    @Test("a header that is not exactly ours is refused", arguments: HeaderForgery.all)
    func header(_ forgery: HeaderForgery) async throws {
        let tenant = try await TestTenant.make()
        var token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        forgery.change(&token.header)
        let forged = try await token.signed(by: tenant.activeKey())
        #expect(try await tenant.verify(forged) == nil)
    }

    @Test("claims that are not for this tenant and this moment are refused", arguments: ClaimForgery.all)
    func claims(_ forgery: ClaimForgery) async throws {
        let tenant = try await TestTenant.make()
        var token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        forgery.change(&token.claims)
        let forged = try await token.signed(by: tenant.activeKey())
        #expect(try await tenant.verify(forged) == nil)
    }

    @Test("no signature is no token, whatever the header calls it", arguments: ["none", "None", "NONE", "", "ES256"])
    func unsigned(_ algorithm: String) async throws {
        let tenant = try await TestTenant.make()
        var token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        token.header["alg"] = .text(algorithm)
        let forged = try token.signed { _ in [] }
        #expect(try await tenant.verify(forged) == nil)
    }

    @Test("the public key is no secret to sign with")
    func publicKeyAsSecret() async throws {
        let tenant = try await TestTenant.make()
        var token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        token.header["alg"] = .text("HS256")
        let key = try await tenant.services.signingKeys.keys(of: tenant.tenant).active.publicKey
        let point = try [key.x, key.y].flatMap { try #require($0.flatMap { Base64URL.decode($0.utf8) }) }
        let pem = try P256.Signing.PublicKey(rawRepresentation: point).pemRepresentation
        for secret in [point, Array(pem.utf8), Array(key.kid.utf8)] {
            let forged = try token.signed { message in
                Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
            }
            #expect(try await tenant.verify(forged) == nil)
        }
    }

    @Test("a signature of another key under this tenant's key id is refused")
    func strangeKey() async throws {
        let tenant = try await TestTenant.make()
        let token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        let strange = P256.Signing.PrivateKey()
        let forged = try token.signed { Array(try strange.signature(for: $0).rawRepresentation) }
        #expect(try await tenant.verify(forged) == nil)
    }

    @Test("another tenant's key does not sign for this one, under either id")
    func otherTenantsKey() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        var token = try CompactToken(try await tenant.signedIn().tokens.accessToken.text)
        let key = try await other.activeKey()
        let underOwnID = try token.signed(by: key)
        token.header["kid"] = .text(try await other.services.signingKeys.keys(of: other.tenant).active.publicKey.kid)
        let underOtherID = try token.signed(by: key)
        #expect(try await tenant.verify(underOwnID) == nil)
        #expect(try await tenant.verify(underOtherID) == nil)
    }

    @Test("a token written in any other way is refused", arguments: ["=", ".", " ", "\n", ".e30"])
    func appended(_ more: String) async throws {
        let tenant = try await TestTenant.make()
        let text = try await tenant.signedIn().tokens.accessToken.text
        #expect(try await tenant.verify(text + more) == nil)
        #expect(try await tenant.verify(more + text) == nil)
    }

    @Test("any changed byte is noticed")
    func everyByte() async throws {
        let tenant = try await TestTenant.make()
        let text = Array(try await tenant.signedIn().tokens.accessToken.text.utf8)
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try await tenant.verify(String(decoding: changed, as: UTF8.self)) == nil, "at byte \(index)")
        }
    }
}

/// One thing wrong with a token's header.
struct HeaderForgery: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout [String: JSON]) -> Void

    static let all: [HeaderForgery] =
        [
            ("typ", "JWT"), ("typ", "AT+JWT"), ("typ", "revocations+jwt"), ("typ", "application/at+jwt"),
            ("alg", "ES384"), ("alg", "RS256"), ("alg", "EdDSA"), ("alg", "es256"),
            ("kid", ""), ("kid", "sig_00000000000000000000000000"), ("kid", "../../etc/passwd"),
            ("kid", "' OR true --"),
        ].map { name, value in HeaderForgery(testDescription: "\(name) \(value)") { $0[name] = .text(value) } }
        + ["typ", "alg", "kid"].map { name in HeaderForgery(testDescription: "no \(name)") { $0[name] = nil } }
        + ["jku", "x5u", "x5c", "x5t", "cty", "zip", "enc"].map { name in
            HeaderForgery(testDescription: name) { $0[name] = .text("https://evil.example") }
        } + [
            HeaderForgery(testDescription: "jwk") { $0["jwk"] = .object(["kty": .text("EC")]) },
            HeaderForgery(testDescription: "crit") { $0["crit"] = .list([.text("exp")]) },
            HeaderForgery(testDescription: "kid as number") { $0["kid"] = .number(1) },
        ]
}

/// One thing wrong with a token's claims.
struct ClaimForgery: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout [String: JSON]) -> Void

    private static let start = Int(TestTenant.start.timeIntervalSince1970)

    static let all: [ClaimForgery] =
        [
            ("iss", JSON.text("https://auth.example.com/t/other")), ("iss", .text("")), ("aud", .text("another")),
            ("aud", .list([.text("another")])), ("tid", .text("ten_00000000000000000000000000")),
            ("tid", .text("other")),
            ("sub", .text("admin")), ("sid", .text("")), ("exp", .number(start)), ("exp", .number(0)),
            ("exp", .text("never")), ("nbf", .number(start + 6)), ("iat", .number(start + 6)),
        ].map { name, value in ClaimForgery(testDescription: "\(name) \(value)") { $0[name] = value } }
        + ["iss", "aud", "sub", "tid", "sid", "exp", "nbf", "iat"].map { name in
            ClaimForgery(testDescription: "no \(name)") { $0[name] = nil }
        }
}
