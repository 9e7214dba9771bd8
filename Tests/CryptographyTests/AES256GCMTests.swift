import Testing

@testable import Cryptography

@Suite("AES-256-GCM")
struct AES256GCMTests {
    private let key = KeyBytes((0..<32).map { UInt8($0) })
    private let message = Array("attack at dawn".utf8)
    private let place = Array("tenant/table/column/row".utf8)

    @Test("agrees with the published vectors, both ways")
    func vectors() throws {
        for vector in try VectorFile<GCMVector>.read("aes-256-gcm") {
            let key = KeyBytes(vector.key.bytes)
            let aad = vector.associatedData.bytes
            let expected = vector.nonce.bytes + vector.ciphertext.bytes + vector.tag.bytes
            let sealed = try AES256GCM.seal(
                vector.plaintext.bytes, key: key, nonce: vector.nonce.bytes, authenticating: aad)
            #expect(sealed == expected, "\(vector.name)")
            #expect(
                try AES256GCM.open(expected, key: key, authenticating: aad) == vector.plaintext.bytes, "\(vector.name)")
        }
    }

    @Test("what was sealed opens again", arguments: [0, 1, 15, 16, 17, 4096])
    func roundTrip(size: Int) throws {
        let plaintext = [UInt8](repeating: 0xA5, count: size)
        let sealed = try AES256GCM.seal(plaintext, key: key, authenticating: place)
        #expect(sealed.count == size + AES256GCM.nonceSizeBytes + AES256GCM.tagSizeBytes)
        #expect(try AES256GCM.open(sealed, key: key, authenticating: place) == plaintext)
    }

    @Test("a single flipped bit anywhere is noticed")
    func flippedBits() throws {
        let sealed = try AES256GCM.seal(message, key: key, authenticating: place)
        for index in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[index] ^= 1 << bit
                #expect(throws: CryptographyError.notAuthentic) {
                    try AES256GCM.open(altered, key: key, authenticating: place)
                }
            }
        }
    }

    @Test("text that was cut or lengthened is refused")
    func truncation() throws {
        let sealed = try AES256GCM.seal(message, key: key, authenticating: place)
        for count in sealed.indices {
            #expect(throws: CryptographyError.self) {
                try AES256GCM.open(Array(sealed.prefix(count)), key: key, authenticating: place)
            }
        }
        #expect(throws: CryptographyError.notAuthentic) {
            try AES256GCM.open(sealed + [0], key: key, authenticating: place)
        }
        #expect(throws: CryptographyError.malformed) { try AES256GCM.open([], key: key, authenticating: place) }
    }

    @Test("a sealed value does not open in another place or with another key")
    func otherPlaceOrKey() throws {
        let sealed = try AES256GCM.seal(message, key: key, authenticating: place)
        let other = KeyBytes([UInt8](repeating: 7, count: 32))
        for aad in [[], Array(place.dropLast()), place + [0]] {
            #expect(throws: CryptographyError.notAuthentic) {
                try AES256GCM.open(sealed, key: key, authenticating: aad)
            }
        }
        #expect(throws: CryptographyError.notAuthentic) {
            try AES256GCM.open(sealed, key: other, authenticating: place)
        }
    }

    @Test("a key of another size is refused", arguments: [0, 16, 31, 33])
    func keySize(count: Int) {
        let wrong = KeyBytes([UInt8](repeating: 1, count: count))
        #expect(throws: CryptographyError.wrongKeySize(bytes: count)) {
            try AES256GCM.seal(message, key: wrong, authenticating: place)
        }
    }

    @Test("the nonce is new for every message")
    func nonces() throws {
        let nonces = try (0..<1000).map { _ in
            try AES256GCM.seal(message, key: key, authenticating: place).prefix(AES256GCM.nonceSizeBytes)
        }
        #expect(Set(nonces).count == nonces.count)
    }
}

private struct GCMVector: Decodable {
    let name: String
    let key, nonce, plaintext, associatedData, ciphertext, tag: HexBytes
}
