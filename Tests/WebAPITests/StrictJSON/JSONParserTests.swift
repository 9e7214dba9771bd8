import Testing

@testable import WebAPI

@Suite struct JSONParserTests {
    @Test(
        "JSON is read",
        arguments: [
            "null", " true ", "false", "0", "-0", "12.5e-3", "1E+2", "\"\"", "[]", "{}", "[1,[2,[3]]]",
            "\r\n\t{\"a\" : [ ] }\n",
            #""\"\\\/\b\f\n\r\t""#, #""\u00e9\uD83D\uDE00""#, "\"\u{e9}\u{1F600}\"", #"{"":1}"#,
            "123456789012345678901234567890",
        ])
    func accepted(text: String) throws {
        let document = try JSONParser.parse(Array(text.utf8))
        #expect(document.faults.isEmpty)
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "nul", "True", "01", "-", "+1", "1.", ".5", "1e", "0x10", "NaN", "Infinity", "'a'", "\"a",
            "\"\\x\"", "\"\\u12\"",
            "\"\\u12G4\"", "\"\\", "\"line\nbreak\"", "\"raw \u{0}\"", "[1,]", "[,1]", "[1 2]", "[1", "{\"a\":1,}",
            "{a:1}", "{\"a\" 1}",
            "{\"a\":}", "{1:2}", "{} {}", "null,", "// a", "/* a */ 1", "\u{FEFF}{}", "[1]]", "\u{a0}1",
        ])
    func refused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]])
    func notUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError(reason: .notUTF8, offset: 0)) { try JSONParser.parse(bytes) }
    }

    @Test("sixteen levels are read, seventeen are not")
    func depth() throws {
        _ = try JSONParser.parse(Array((String(repeating: "[", count: 16) + String(repeating: "]", count: 16)).utf8))
        #expect(throws: JSONSyntaxError(reason: .tooDeep, offset: 16)) {
            try JSONParser.parse(Array(String(repeating: "[", count: 60_000).utf8))
        }
        #expect(throws: JSONSyntaxError.self) {
            try JSONParser.parse(Array(String(repeating: "{\"a\":", count: 17).utf8))
        }
    }

    @Test("escapes give the characters they stand for")
    func escapes() throws {
        let document = try JSONParser.parse(Array(#""a\n\u00e9\uD83D\uDE00\/""#.utf8))
        guard case .text(let text) = document.root else { return #expect(Bool(false), "the document is a text") }
        #expect(Array(text.unicodeScalars) == Array("a\n\u{e9}\u{1F600}/".unicodeScalars))
    }

    @Test("repeated names, U+0000 and lone surrogates are all reported with their places")
    func faults() throws {
        let text = #"{"a":1,"b":{"c":[0,"x\u0000"],"c":2},"\u0061":3,"d":"\uD800","e":"\uDC00\uD800x"}"#
        let faults = try JSONParser.parse(Array(text.utf8)).faults
        #expect(
            faults.map { "\($0.pointer) \($0.code)" } == [
                "/b/c/1 nul_character", "/b/c duplicate_field", "/a duplicate_field", "/d lone_surrogate",
                "/e lone_surrogate",
                "/e lone_surrogate",
            ])
    }

    @Test("names that are equal as characters but not as bytes are two names")
    func canonicalEquivalence() throws {
        let faults = try JSONParser.parse(Array("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8)).faults
        #expect(faults.isEmpty)
    }

    @Test("a pointer escapes what has a meaning in pointers, and stays short")
    func pointers() {
        #expect(JSONPointer().appending("a/b~c").appending(3).text == "/a~1b~0c/3")
        #expect(JSONPointer().appending(String(repeating: "x", count: 10_000)).text.utf8.count == 65)
    }
}
