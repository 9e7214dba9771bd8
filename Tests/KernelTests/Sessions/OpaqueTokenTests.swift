import PluginKit
import Testing

@testable import Kernel

@Suite("Opaque tokens")
struct OpaqueTokenTests {
    @Test("a token is its kind's letters and 43 random characters", arguments: OpaqueToken.Kind.allCases)
    func form(_ kind: OpaqueToken.Kind) throws {
        let texts = try (0..<100).map { _ in try OpaqueToken.make(kind).text.text }
        #expect(Set(texts).count == 100)
        #expect(texts.allSatisfy { $0.hasPrefix(kind.rawValue + "_") && $0.utf8.count == 47 })
    }

    @Test("a token is read back as its own kind and as no other")
    func kinds() throws {
        for kind in OpaqueToken.Kind.allCases {
            let token = try OpaqueToken.make(kind)
            for other in OpaqueToken.Kind.allCases {
                #expect(OpaqueToken(other, text: token.text)?.hash == (other == kind ? token.hash : nil))
            }
        }
    }

    @Test("the same secret as another kind has another hash")
    func hashes() {
        let hashes = OpaqueToken.Kind.allCases.map { OpaqueToken($0, secret: [UInt8](repeating: 7, count: 32)).hash }
        #expect(Set(hashes).count == OpaqueToken.Kind.allCases.count)
    }

    @Test(
        "text that is written in any other way is no token",
        arguments: [
            "", "ghr", "ghr_", "ghr_AAAA", "GHR_\(OpaqueTokenTests.zeros)", "ghr_\(OpaqueTokenTests.zeros)=",
            "ghr_\(OpaqueTokenTests.zeros) ", " ghr_\(OpaqueTokenTests.zeros)", "ghr_\(OpaqueTokenTests.zeros)A",
            "ghr_\(OpaqueTokenTests.zeros.dropLast())B", "ghr_\(OpaqueTokenTests.zeros.dropLast())+",
            "ghr-\(OpaqueTokenTests.zeros)", "ghr_\(OpaqueTokenTests.zeros.dropLast())é",
        ])
    func malformed(_ text: String) {
        #expect(OpaqueToken(.refresh, text: SecretText("ghr_\(Self.zeros)")) != nil)
        #expect(OpaqueToken(.refresh, text: SecretText(text)) == nil)
    }

    @Test("a token does not show itself")
    func description() throws {
        let token = try OpaqueToken.make(.refresh)
        #expect(!"\(token)".contains(token.text.text.dropFirst(4)))
        #expect(!String(reflecting: token).contains(token.text.text.dropFirst(4)))
    }

    private static let zeros = String(repeating: "A", count: 43)
}
