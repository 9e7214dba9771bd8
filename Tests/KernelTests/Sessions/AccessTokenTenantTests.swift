import DatabaseTesting
import Foundation
import PluginKit
import Testing

@testable import Kernel

@Suite("The tenant that a token claims")
struct AccessTokenTenantTests {
    @Test("is read before anything is believed")
    func claimed() async throws {
        let tenant = try await TestTenant.make()
        let token = try await tenant.signedIn().tokens.accessToken.withExposed { $0 }
        #expect(AccessTokenTenant.claimed(by: token) == tenant.id)
        let parts = token.split(separator: ".")
        #expect(AccessTokenTenant.claimed(by: "x.\(parts[1]).y") == tenant.id)
    }

    @Test(
        "is none in what is no token",
        arguments: [
            "", "garbage", "..", "a.b.c", "a.b", "a.e30.c", "a.e30.c.d", "a.bnVsbA.c", "a.W10.c", "a.e30=.c",
            "a. e30.c",
        ])
    func noToken(text: String) {
        #expect(AccessTokenTenant.claimed(by: text) == nil)
    }

    @Test(
        "is none where the claim is no tenant's id", arguments: [#"{"tid":"acme"}"#, #"{"tid":1}"#, #"{"tid":null}"#])
    func noTenant(payload: String) {
        #expect(AccessTokenTenant.claimed(by: "a.\(Base64URL.encode(Array(payload.utf8))).c") == nil)
    }

    @Test("is not looked for in text that is too long for a token")
    func long() async throws {
        let tenant = TenantID.make(at: Date(timeIntervalSince1970: 1_750_000_000))
        let padding = String(repeating: "x", count: AccessTokens.maximumBytes)
        let payload = Base64URL.encode(Array(#"{"tid":"\#(tenant)","x":"\#(padding)"}"#.utf8))
        #expect(AccessTokenTenant.claimed(by: "a.\(payload).c") == nil)
        let nested = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
        #expect(AccessTokenTenant.claimed(by: "a.\(Base64URL.encode(Array(nested.utf8))).c") == nil)
    }
}
