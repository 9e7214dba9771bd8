import PluginKit
import Testing

@Suite("Base62")
struct Base62Tests {
    @Test(
        "writes numbers in as many digits as asked for",
        arguments: [
            (0, 1, "0"), (0, 6, "000000"), (9, 1, "9"), (10, 1, "A"), (35, 1, "Z"), (36, 1, "a"), (61, 1, "z"),
            (62, 2, "10"), (3843, 2, "zz"), (0xFFFF_FFFF, 6, "4gfFC3"), (0xFFFF_FFFF_FFFF, 9, "1HvWXNAa7"),
            (.max, 11, "LygHa16AHYF"), (.max, 14, "000LygHa16AHYF"),
        ] as [(UInt64, Int, String)])
    func vectors(number: UInt64, width: Int, text: String) {
        #expect(Base62.encode(number, width: width) == text)
        #expect(Base62.decode(text.utf8) == number)
    }

    @Test("reads back what it writes")
    func roundTrip() {
        for _ in 0..<500 {
            let number = UInt64.random(in: .min ... .max) >> UInt64.random(in: 0..<64)
            #expect(Base62.decode(Base62.encode(number, width: 11).utf8) == number)
        }
    }

    @Test(
        "reads no other characters, nothing out of nothing, and no number above 64 bits",
        arguments: [
            "", " ", "-1", "+1", "1_0", "1 ", " 1", "1\n", "1\u{0}", "1\u{301}", "é", "１", "/", ":", "@", "[",
            "`", "{", "LygHa16AHYG", "LygHa16AHYZ", "M0000000000", "zzzzzzzzzzz", "100000000000",
        ])
    func refusals(text: String) {
        #expect(Base62.decode(text.utf8) == nil)
    }

    @Test("knows its 62 digits among all bytes")
    func digits() {
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min ... .max {
            #expect(Base62.isDigit(byte) == digits.contains(byte))
            #expect(Base62.decode([byte]) == digits.firstIndex(of: byte).map(UInt64.init))
            #expect(Base62.areDigits([UInt8(ascii: "0"), byte, UInt8(ascii: "z")]) == digits.contains(byte))
        }
        #expect(Base62.areDigits(digits))
        #expect(Base62.areDigits([]))
    }

    @Test("writes bytes as the number that they are, 32 of them in 43 digits")
    func bytes() {
        let largest = "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"
        let vectors: [(bytes: [UInt8], width: Int, text: String)] = [
            ([], 2, "00"), ([0], 1, "0"), ([61], 1, "z"), ([0, 62], 2, "10"), ([0xFF, 0xFF, 0xFF, 0xFF], 6, "4gfFC3"),
            ([UInt8](repeating: 0, count: 32), 43, String(repeating: "0", count: 43)),
            ([UInt8](repeating: 0xFF, count: 32), 43, largest),
            (Array(0..<32), 43, "003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf"),
        ]
        for (bytes, width, text) in vectors {
            #expect(String(decoding: Base62.encode(bytes: bytes, width: width), as: UTF8.self) == text)
        }
    }
}
