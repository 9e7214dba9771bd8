import Foundation
import Kernel
import Testing

@testable import WebAPI

@Suite struct CursorSealTests {
    /// Stands in for HMAC: different for different bytes, which is all that these tests need.
    private static func mac(under key: UInt8) -> KeyedHash {
        { bytes in
            var state: UInt64 = 14_695_981_039_346_656_037
            return (0..<4).flatMap { round -> [UInt8] in
                for byte in [key, UInt8(round)] + bytes { state = (state ^ UInt64(byte)) &* 1_099_511_628_211 }
                return withUnsafeBytes(of: state.bigEndian, Array.init)
            }
        }
    }

    private let seal = CursorSeal(macs: [mac(under: 1)])
    private let list = CursorList(tenant: "ten_a", route: "/v1/tenants/{tenant}/users", filter: ["type": "x"])

    @Test("a cursor outlives a change of keys while its key is still known, and no longer")
    func changedKeys() throws {
        let position = Array("2026|usr".utf8)
        let cursor = seal.seal(position, of: list)
        let changed = CursorSeal(macs: [Self.mac(under: 2), Self.mac(under: 1)])
        #expect(try changed.open(cursor, of: list) == position)
        #expect(try changed.open(changed.seal(position, of: list), of: list) == position)
        #expect(throws: Problem.self) { try CursorSeal(macs: [Self.mac(under: 2)]).open(cursor, of: list) }
    }

    @Test("a cursor gives back its position for its own list")
    func roundTrip() throws {
        let position = Array("2026|usr".utf8)
        #expect(try seal.open(seal.seal(position, of: list), of: list) == position)
        #expect(try seal.open(seal.seal([], of: list), of: list) == [])
    }

    @Test(
        "a cursor of another tenant, route or filter is refused",
        arguments: [
            CursorList(tenant: "ten_b", route: "/v1/tenants/{tenant}/users", filter: ["type": "x"]),
            CursorList(tenant: "ten_a", route: "/v1/tenants/{tenant}/keys", filter: ["type": "x"]),
            CursorList(tenant: "ten_a", route: "/v1/tenants/{tenant}/users", filter: ["type": "y"]),
            CursorList(tenant: "ten_a", route: "/v1/tenants/{tenant}/users"),
            CursorList(tenant: "ten_a/v1/tenants/{tenant}/users", route: "", filter: ["type": "x"]),
        ])
    func foreign(other: CursorList) {
        let cursor = seal.seal([1, 2, 3], of: other)
        #expect(throws: Problem.self) { try seal.open(cursor, of: list) }
    }

    @Test("every changed byte is noticed")
    func tampered() throws {
        let bytes = try #require(Base64URL.decode(Array(seal.seal([1, 2, 3, 4], of: list).utf8)))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(throws: Problem.self) { try seal.open(Base64URL.encode(changed), of: list) }
        }
    }

    @Test(
        "text that is no cursor is refused",
        arguments: ["", "a", "AAAA", "not base64!", String(repeating: "A", count: 5000)])
    func garbage(text: String) {
        #expect {
            _ = try seal.open(text, of: list)
        } throws: { error in
            (error as? Problem)?.code == .cursorInvalid
        }
    }
}
