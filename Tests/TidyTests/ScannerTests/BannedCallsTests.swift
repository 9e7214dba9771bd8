import Testing

@Suite("Banned calls")
struct BannedCallsTests {
    @Test("every banned phrase is found in code", arguments: BannedPhrase.inCode.map(\.phrase))
    func inCode(phrase: String) {
        let found = bannedPhrases(in: SwiftText("\nlet x = \(phrase) y"), path: "a.swift")
        #expect(found.map(\.line) == [2])
        #expect(found.allSatisfy { $0.message.contains("use ") })
    }

    @Test("comments and literals may name a banned phrase")
    func elsewhere() {
        #expect(bannedPhrases(in: SwiftText("// print(x) try! \nlet a = \"UUID() as! b\""), path: "a.swift") == [])
    }

    @Test("a query for all columns is found in a literal")
    func allColumns() {
        #expect(bannedPhrases(in: SwiftText("let a = \"SELECT * FROM b\""), path: "a.swift").count == 1)
    }

    @Test("a reading of the system clock is found")
    func clock() {
        #expect(
            clockReadings(in: SwiftText("let a = Date()\nlet b = Date.now"), path: "a.swift").map(\.line) == [1, 2])
        #expect(clockReadings(in: SwiftText("let a = Date(timeIntervalSince1970: 0)"), path: "a.swift") == [])
    }

    @Test("what needs a word above is found without one", arguments: BannedPhrase.toExplain.map(\.phrase))
    func unexplained(phrase: String) {
        let bare = "struct A {}\nfinal class B: \(phrase) {}"
        let explained = "// Owned by the lock beside it.\nfinal class B: \(phrase) {}"
        #expect(unexplainedPhrases(in: SwiftText(bare), path: "a.swift").map(\.line) == [2])
        #expect(unexplainedPhrases(in: SwiftText(explained), path: "a.swift") == [])
    }
}
