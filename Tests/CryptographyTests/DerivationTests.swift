import Testing

@testable import Cryptography

@Suite("SHA-256, HMAC and HKDF")
struct DerivationTests {
    @Test("SHA-256 agrees with the published vectors")
    func digest() throws {
        for vector in try VectorFile<DigestVector>.read("sha-256") {
            #expect(SHA256Digest.of(vector.message.bytes) == vector.digest.bytes, "\(vector.name)")
        }
    }

    @Test("HMAC-SHA-256 agrees with the vectors of RFC 4231")
    func authenticationCode() throws {
        for vector in try VectorFile<CodeVector>.read("hmac-sha-256") {
            let code = HMACSHA256.authenticate(vector.message.bytes, key: KeyBytes(vector.key.bytes))
            #expect(code == vector.code.bytes, "\(vector.name)")
        }
    }

    @Test("an empty message has an authentication code, and it depends on the key")
    func emptyMessage() {
        let codes = (1...2).map { HMACSHA256.authenticate([], key: KeyBytes([UInt8](repeating: $0, count: 32))) }
        #expect(codes[0].count == HMACSHA256.sizeBytes)
        #expect(codes[0] != codes[1])
    }

    @Test("HKDF-SHA-256 agrees with the vectors of RFC 5869")
    func derivation() throws {
        for vector in try VectorFile<DerivationVector>.read("hkdf-sha-256") {
            let derived = try HKDFSHA256.derive(
                from: KeyBytes(vector.key.bytes), salt: vector.salt.bytes, info: vector.info.bytes,
                count: vector.output.bytes.count)
            #expect(derived.withExposedBytes { Array($0) } == vector.output.bytes, "\(vector.name)")
        }
    }

    @Test("an output that HKDF cannot give is refused", arguments: [-1, 0, HKDFSHA256.maximumCount + 1])
    func impossibleCount(count: Int) {
        #expect(throws: CryptographyError.malformed) {
            try HKDFSHA256.derive(from: KeyBytes([1]), salt: [], info: [], count: count)
        }
    }

    @Test("nothing is derived from an empty key")
    func emptyKey() {
        #expect(throws: CryptographyError.wrongKeySize(bytes: 0)) {
            try HKDFSHA256.derive(from: KeyBytes([]), salt: [], info: [], count: 32)
        }
    }

    @Test("bytes in any sequence give the same digest")
    func sequences() {
        let bytes: [UInt8] = [1, 2, 3, 4]
        #expect(SHA256Digest.of(bytes[...]) == SHA256Digest.of(bytes))
        #expect(SHA256Digest.of((1...4).lazy.map { UInt8($0) }) == SHA256Digest.of(bytes))
        #expect(bytes.withUnsafeBytes { SHA256Digest.of($0) } == SHA256Digest.of(bytes))
    }
}

private struct DigestVector: Decodable {
    let name: String
    let message, digest: HexBytes
}

private struct CodeVector: Decodable {
    let name: String
    let key, message, code: HexBytes
}

private struct DerivationVector: Decodable {
    let name: String
    let key, salt, info, output: HexBytes
}
