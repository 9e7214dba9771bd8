import Testing

@Suite("Statements in Swift")
struct StatementsTests {
    @Test("a statement is found by its conformance, not by its name")
    func declared() {
        let source =
            "struct FindA: Statement {}\nstruct B: Sendable, PlatformStatement {}\nstruct NoStatement: Sendable {}"
        #expect(statements(in: SwiftText(source)).map(\.name) == ["FindA", "B"])
        #expect(statements(in: SwiftText("extension C: Statement {}")) == [DeclaredStatement(name: "C", line: 1)])
        #expect(statements(in: SwiftText("extension C where D == Statement {}\nfunc e(f: some Statement) {}")) == [])
    }

    @Test("a list of statements is read as value and as body")
    func listed() {
        let value = "static let all: [any Statement.Type] = [\n  FindA.self,\n  FindB.self,\n] + C.all"
        let body = "static var statements: [any Statement.Type] { [FindC.self] }\nlet d = FindD.self"
        #expect(listedStatements(in: SwiftText(value)) == ["FindA", "FindB"])
        #expect(listedStatements(in: SwiftText(body)) == ["FindC"])
    }

    @Test("statements stand in files and folders of that name")
    func places() {
        #expect(mayHoldStatements("Plugins/A/Sources/AStatements.swift"))
        #expect(mayHoldStatements("Sources/Kernel/Statements/People.swift"))
        #expect(!mayHoldStatements("Sources/Kernel/People/People.swift"))
    }

    @Test(
        "SQL in a literal is found",
        arguments: [
            "\"SELECT a FROM b\"", "\"\"\"\n  UPDATE a\n  SET b = 1\n  \"\"\"", "#\"INSERT INTO a\"#",
            "\"DELETE FROM a\"",
        ])
    func looseSQL(literal: String) {
        #expect(sqlLiterals(in: SwiftText("let x = \(literal)"), path: "a.swift").count == 1)
    }

    @Test(
        "words of a person are not SQL", arguments: ["// SELECT a", "let a = \"Select a file\"", "let a = \"UPDATED\""])
    func plainWords(line: String) {
        #expect(sqlLiterals(in: SwiftText(line), path: "a.swift") == [])
    }
}
