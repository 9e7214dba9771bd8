import PluginKit
import Testing

@testable import Kernel

@Suite("What two configurations say differently") struct ConfigurationDiffTests {
    /// Two documents, and what is different: `+`, `-` or `~`, the path, and what is written.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let before: String
        let after: String
        let changes: [String]

        init(_ name: String, _ before: String, _ after: String, _ changes: String...) {
            (testDescription, self.before, self.after, self.changes) = (name, before, after, changes)
        }
    }

    static let same: [Case] = [
        Case("itself", "a: 1\nb: {c: [x, y]}", "a: 1\nb: {c: [x, y]}"),
        Case("another order of keys", "a: 1\nb: {c: 2, d: 3}", "b: {d: 3, c: 2}\na: 1"),
        Case("other quotes", "a: one\nb: 'two'\nc: \"three\"", "a: 'one'\nb: two\nc: three"),
        Case("quotes around a number", "a: 12", "a: '12'"),
        Case("a section without keys, and one left empty", "a: {}\nb:", "a:\nb: {}"),
        Case("JSON", "a: 1\nb: {c: [x]}", "{\"b\": {\"c\": [\"x\"]}, \"a\": 1}"),
        Case("block style", "a: {b: 1}", "a:\n  b: 1"),
        Case("comments", "a: 1", "# why\na: 1 # because"),
    ]

    static let different: [Case] = [
        Case("a value", "a: 1", "a: 2", "~ a: 1 -> 2"),
        Case("one more", "a: 1", "a: 1\nb: 2", "+ b: 2"),
        Case("one less", "a: 1\nb: 2", "a: 1", "- b: 2"),
        Case("below a section", "a: {b: {c: 1}}", "a: {b: {c: 2, d: 3}}", "~ a.b.c: 1 -> 2", "+ a.b.d: 3"),
        Case("a whole section is one change", "a: 1", "a: 1\nb: {c: {d: 1}, e: [x]}", "+ b: {c: {d: 1}, e: [x]}"),
        Case("a section without keys", "a: {b: {}}", "a: {}", "- a.b: {}"),
        Case("a section, and its last key", "a: {b: {c: 1}}", "a: {b: {}}", "- a.b.c: 1"),
        Case("the order of a list", "a: [x, y]", "a: [y, x]", "~ a: [x, y] -> [y, x]"),
        Case("an item that holds a comma", "a: ['x, y']", "a: [x, y]", "~ a: [\"x, y\"] -> [x, y]"),
        Case("a list in the place of its item", "a: x", "a: [x]", "~ a: x -> [x]"),
        Case("a section in the place of a value", "a: x", "a: {b: x}", "~ a: x -> {b: x}"),
        Case("nothing, and the word for it", "a:", "a: 'null'", "~ a: {} -> null"),
        Case("an empty text is no missing one", "a: ''", "{b: x}", "- a: \"\"", "+ b: x"),
        Case("in the order of paths", "{}", "c: 1\na: 1\nb: 1", "+ a: 1", "+ b: 1", "+ c: 1"),
        Case("a key with a dot is not two", "'a.b': 1", "a: {b: 1}", "+ a: {b: 1}", "- \"a.b\": 1"),
        Case("a key that tries to be a path", "a: {'b\".c': 1}", "a: {}", "- a.\"b\\\".c\": 1"),
        Case("a capital", "a: x", "A: x", "+ A: x", "- a: x"),
        Case(
            "one letter of Cyrillic among Latin ones", "audience: \"pay\"", "audience: \"p\\u0430y\"",
            "~ audience: pay -> p\u{430}y"),
        Case(
            "two spellings of one letter", "a: \"\\u00e9\"", "a: \"e\\u0301\"", "~ a: \u{e9} -> e\u{301}"),
        Case(
            "two spellings of one key", "\"\\u00e9\": 1", "\"e\\u0301\": 1",
            "+ \"e\u{301}\": 1", "- \"\u{e9}\": 1"),
        Case(
            "what turns the direction of text, and what a terminal obeys", "a: x", "a: \"\\u202ex\\x1b[2J\"",
            "~ a: x -> \"\\u202ex\\u001b[2J\""),
        Case("a space that is none", "a: x y", "a: \"x\\u00a0y\"", "~ a: x y -> \"x\\u00a0y\""),
    ]

    @Test("nothing, where they mean the same", arguments: same)
    func sameMeaning(_ given: Case) throws {
        #expect(try Self.changes(given.before, given.after) == [])
        #expect(try SettingsParser.parse(Array(given.before.utf8)).means(SettingsParser.parse(Array(given.after.utf8))))
    }

    @Test("each change, and in both directions", arguments: different)
    func changes(_ given: Case) throws {
        #expect(try Self.changes(given.before, given.after).sorted() == given.changes.sorted())
        let back = try Self.diff(given.after, given.before)
        #expect(back.changes.count == given.changes.count)
        #expect(back.removals.count == given.changes.count { $0.hasPrefix("+") })
    }

    @Test("in the order of paths")
    func order() throws {
        #expect(
            try Self.changes("a: 1\nb: {z: 1, c: 2}", "b: {c: 3, d: 4}\nA: 1") == [
                "+ A: 1", "- a: 1", "~ b.c: 2 -> 3", "+ b.d: 4", "- b.z: 1",
            ])
    }

    @Test("a key that stands twice counts each time, so that nothing hides behind it")
    func repeated() {
        func section(_ values: String...) -> SettingsNode {
            SettingsNode(
                .map(
                    values.map {
                        .init(key: "a", line: 1, value: SettingsNode(.scalar($0, plain: true), line: 1))
                    }), line: 1)
        }
        let diff = ConfigurationDiff(from: section("1"), to: section("1", "2"))
        #expect(diff.changes.map(Self.words) == ["+ a: 2"])
        #expect(ConfigurationDiff(from: section("1", "2"), to: section("2", "1")).changes.count == 2)
    }

    private static func diff(_ before: String, _ after: String) throws -> ConfigurationDiff {
        ConfigurationDiff(
            from: try SettingsParser.parse(Array(before.utf8)), to: try SettingsParser.parse(Array(after.utf8)))
    }

    private static func changes(_ before: String, _ after: String) throws -> [String] {
        try diff(before, after).changes.map(words)
    }

    private static func words(_ change: SettingChange) -> String {
        switch change.kind {
        case .added: "+ \(change.path): \(change.to ?? "")"
        case .removed: "- \(change.path): \(change.from ?? "")"
        case .changed: "~ \(change.path): \(change.from ?? "") -> \(change.to ?? "")"
        }
    }
}
