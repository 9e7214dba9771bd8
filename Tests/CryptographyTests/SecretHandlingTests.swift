import Testing

@testable import Cryptography

@Suite("Keys, randomness and comparison")
struct SecretHandlingTests {
    @Test("a key never shows itself")
    func keyIsSilent() {
        let key = KeyBytes(Array("hunter2-hunter2".utf8))
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\([key])", "\(Optional(key) as Any)"] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("104"))
        }
    }

    @Test("a key keeps the bytes it was made of, whatever held them")
    func keyCopies() {
        let bytes: [UInt8] = [9, 8, 7]
        let keys = [
            KeyBytes(bytes), KeyBytes(bytes[...]), KeyBytes(bytes.lazy.map { $0 }),
            bytes.withUnsafeBytes { KeyBytes($0) },
        ]
        for key in keys { #expect(key.withExposedBytes { Array($0) } == bytes) }
    }

    @Test("comparison tells every difference", arguments: 0..<32)
    func comparison(index: Int) {
        let left = [UInt8](repeating: 0x5A, count: 32)
        var right = left
        #expect(ConstantTime.equal(left, right))
        right[index] ^= 1
        #expect(!ConstantTime.equal(left, right))
        #expect(!ConstantTime.equal(left, left.prefix(index)))
    }

    @Test("two empty sequences are equal")
    func emptyComparison() {
        #expect(ConstantTime.equal([], []))
        #expect(!ConstantTime.equal([], [0]))
    }

    @Test("random bytes have the count asked for and do not repeat")
    func randomness() throws {
        let drawn = try (0..<1000).map { _ in try Randomness.bytes(16) }
        #expect(drawn.allSatisfy { $0.count == 16 })
        #expect(Set(drawn).count == drawn.count)
        #expect(try Randomness.bytes(0).isEmpty)
        #expect(throws: CryptographyError.malformed) { try Randomness.bytes(-1) }
    }

    @Test("no two lists are written alike")
    func lengthPrefixes() {
        let lists: [[String]] = [
            ["user", "semail"], ["users", "email"], ["usersemail"], ["usersemail", ""], ["", "usersemail"], [],
        ]
        let encoded = lists.map { LengthPrefixed.encode($0.map { Array($0.utf8) }) }
        #expect(Set(encoded).count == lists.count)
        #expect(LengthPrefixed.encode([[1, 2], []]) == [0, 0, 0, 2, 1, 2, 0, 0, 0, 0])
    }

    @Test("an error says what was refused and nothing else")
    func errors() {
        #expect("\(CryptographyError.wrongKeySize(bytes: 3))" == "a key of 3 bytes does not fit the algorithm")
        #expect("\(CryptographyError.failed(call: "RAND_bytes"))" == "libcrypto refused RAND_bytes")
    }
}
