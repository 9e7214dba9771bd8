import PluginKit
import Testing

@testable import Kernel

@Suite("The parser of settings documents")
struct SettingsParserTests {
    @Test("lines are counted from one, also with CR LF and behind a byte order mark")
    func lines() throws {
        let root = try SettingsParser.parse(Array("\u{FEFF}# first\r\na: 1\r\n\r\nb:\r\n  c: [2,\r\n    3]\r\n".utf8))
        let entries = try #require(root.entries)
        #expect(entries.map(\.key) == ["a", "b"])
        #expect(entries.map(\.line) == [2, 4])
        let inner = try #require(entries[1].value.entries?.first)
        #expect(inner.line == 5)
        guard case .list(let items) = inner.value.content else { throw Unexpected() }
        #expect(items.map(\.line) == [5, 6])
    }

    @Test(
        "quoted text stays text; plain text may become something else; nothing is nothing",
        arguments: [
            ("12", "plain 12"), ("'12'", "quoted 12"), ("\"12\"", "quoted 12"), ("true", "plain true"),
            ("''", "quoted "),
            ("", "nothing"), ("~", "nothing"), ("null", "nothing"), ("'null'", "quoted null"),
            ("|\n  12", "quoted 12\n"),
            ("Null", "plain Null"), ("a*b*", "plain a*b*"), ("'*a &b !c'", "quoted *a &b !c"),
        ])
    func scalars(_ text: String, _ expected: String) throws {
        let root = try SettingsParser.parse(Array("key: \(text)\n".utf8))
        let value = try #require(root.entries?.first?.value)
        #expect(describe(value) == expected)
    }

    @Test("JSON is read as YAML, with lines")
    func json() throws {
        let text = #"{"a":"x\/y \"z\" \u00e9 *","# + "\n" + #""b":[1,true,null],"c":{}}"#
        let entries = try #require(try SettingsParser.parse(Array(text.utf8)).entries)
        #expect(entries.map(\.key) == ["a", "b", "c"])
        #expect(describe(entries[0].value) == "quoted x/y \"z\" \u{E9} *")
        #expect(entries[1].line == 2)
    }

    @Test("a document of exactly the greatest size is read, and one byte more is refused")
    func size() throws {
        let padding = [UInt8](repeating: UInt8(ascii: "#"), count: SettingsText.maximumBytes - 5)
        let largest = Array("a: 1\n".utf8) + padding
        #expect(throws: Never.self) { try SettingsParser.parse(largest) }
        #expect(problems(of: largest + padding.prefix(1)) == ["1: is longer than 256 KiB; settings need less"])
    }

    @Test("U+0000 is refused with its line")
    func nul() {
        #expect(problems(of: Array("a: 1\nb: \0\n".utf8)) == ["2: holds the character U+0000; remove the character"])
    }

    @Test("a byte order mark is refused anywhere but at the start")
    func byteOrderMark() {
        #expect(problems(of: Array("a: \u{FEFF}\n".utf8)) == ["1: holds the character U+FEFF; remove the character"])
    }

    @Test("text that is cut inside a character is refused with its line")
    func cutCharacter() {
        #expect(
            problems(of: Array("a: 1\nb: ".utf8) + [0xE2, 0x82]) == ["2: is not valid UTF-8; save the file as UTF-8"])
    }

    @Test("nesting far beyond the limit is refused, not followed", arguments: ["[", "- ", "{a: ", "? "])
    func nesting(_ opening: String) throws {
        let text = "a:\n  " + String(repeating: opening, count: 20_000)
        let found = problems(of: Array(text.utf8))
        #expect(found.count == 1)
        #expect(found.first?.contains("deeper than 16 levels") == true)
    }

    @Test("aliases that would multiply keys are refused without being followed")
    func aliasesInKeys() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...40 { text += "? &a\(level) [*a\(level - 1), *a\(level - 1)]\n: 1\n" }
        #expect(problems(of: Array(text.utf8)).count == 41)
    }

    @Test("no problem repeats the document beyond the key that it stands at")
    func quietProblems() {
        let secret = "correct horse battery"
        for text in [
            "a: \"\(secret)", "a: \(secret): b", "a: {\(secret)", "a: \(secret)\na: 1", "a: \(secret)\n---\nb: 1",
        ] {
            #expect(problems(of: Array(text.utf8)).allSatisfy { !$0.contains("horse") })
        }
    }

    private func problems(of bytes: [UInt8]) -> [String] {
        do {
            _ = try SettingsParser.parse(bytes)
            return []
        } catch {
            return error.list.map(\.description)
        }
    }

    private func describe(_ node: SettingsNode) -> String {
        switch node.content {
        case .null: "nothing"
        case .scalar(let text, let plain): (plain ? "plain " : "quoted ") + text
        case .list: "a list"
        case .map: "a section"
        }
    }
}

/// A node had another shape than the test expects.
private struct Unexpected: Error {}

extension SettingsNode {
    fileprivate var entries: [Entry]? {
        if case .map(let entries) = content { entries } else { nil }
    }
}
