import Testing

@testable import WebAPI

@Suite("Maps and numbers that may be cleared, in bodies")
struct TextMapTests {
    private struct Sample: JSONBody {
        let map: [String: String]?
        let limit: FieldChange<Int>

        init(reading body: BodyReader) {
            map = body.optionalTextMap("map", count: 2, nameBytes: 1...4, bytes: 0...5)
            limit = body.change("limit", in: 1...9)
        }
    }

    private func problems(_ json: String) throws -> [String] {
        do {
            _ = try Sample.read(from: Array(json.utf8))
            return []
        } catch {
            return error.errors.map { "\($0.pointer) \($0.code)" }
        }
    }

    @Test("a map keeps names and texts as they are")
    func good() throws {
        let json = #"{"map":{"aB_c":"x\u000Ay","é":""}}"#
        #expect(try Sample.read(from: Array(json.utf8)).map == ["aB_c": "x\ny", "é": ""])
        #expect(try Sample.read(from: Array(#"{"map":{}}"#.utf8)).map == [:])
        #expect(try Sample.read(from: Array("{}".utf8)).map == nil)
    }

    @Test(
        "what is wrong with a map is named by member",
        arguments: [
            (#"{"map":null}"#, ["/map wrong_type"]), (#"{"map":[]}"#, ["/map wrong_type"]),
            (#"{"map":"x"}"#, ["/map wrong_type"]),
            (#"{"map":{"a":"1","b":"2","c":"3"}}"#, ["/map wrong_count"]),
            (#"{"map":{"":"x"}}"#, ["/map/ invalid_format"]),
            (#"{"map":{"abcde":"x"}}"#, ["/map/abcde invalid_format"]),
            (#"{"map":{"ééé":"x"}}"#, ["/map/ééé invalid_format"]),
            (#"{"map":{"a/b":7}}"#, ["/map/a~1b wrong_type"]),
            (#"{"map":{"a":null,"b":{}}}"#, ["/map/a wrong_type", "/map/b wrong_type"]),
            (#"{"map":{"a":"123456"}}"#, ["/map/a too_long"]),
            (#"{"map":{"a":"ééé"}}"#, ["/map/a too_long"]),
            (#"{"map":{"a":"1","a":"2"}}"#, ["/map/a duplicate_field"]),
            (#"{"map":{"a":"\u0000"}}"#, ["/map/a nul_character"]),
            (#"{"map":{"a\u0000":"x"}}"#, ["/map nul_character"]),
        ])
    func wrong(json: String, expected: [String]) throws {
        #expect(try problems(json) == expected)
    }

    @Test("two spellings of one name are one name too many")
    func canonical() throws {
        // The same letter, once whole and once with a combining accent.
        #expect(try problems("{\"map\":{\"\u{E9}\":\"1\",\"e\u{301}\":\"2\"}}").count == 1)
    }

    @Test("a number is kept, cleared or set")
    func change() throws {
        guard case .keep = try Sample.read(from: Array("{}".utf8)).limit else { return #expect(Bool(false)) }
        guard case .clear = try Sample.read(from: Array(#"{"limit":null}"#.utf8)).limit else {
            return #expect(Bool(false))
        }
        guard case .set(7) = try Sample.read(from: Array(#"{"limit":7}"#.utf8)).limit else {
            return #expect(Bool(false))
        }
    }

    @Test(
        "what is no number in range is no change",
        arguments: [
            ("0", "out_of_range"), ("10", "out_of_range"), ("-1", "out_of_range"), ("1.0", "wrong_type"),
            ("1e0", "wrong_type"), ("\"7\"", "wrong_type"), ("true", "wrong_type"), ("[]", "wrong_type"),
            ("99999999999999999999", "out_of_range"),
        ])
    func badNumber(number: String, code: String) throws {
        #expect(try problems(#"{"limit":\#(number)}"#) == ["/limit \(code)"])
    }
}
