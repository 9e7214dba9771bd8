import Testing

@Suite("Swift source taken apart")
struct SwiftTextTests {
    @Test("comments and literals are not code, and lines stay where they are")
    func parts() {
        let text = SwiftText(
            """
            let a = "print(" // try!
            /* as! /* nested */ as! */ let b = 1
            """)
        #expect(text.code.map(\.trimmedSpaces) == ["let a =", "let b = 1"])
        #expect(text.literals[0].trimmedSpaces == "\"print(\"")
        #expect(text.comments[0].trimmedSpaces == "// try!")
        #expect(text.comments[1].contains("nested"))
    }

    @Test("code inside an interpolation is code, quotes inside it end nothing")
    func interpolation() {
        let text = SwiftText(#"let a = "x \(f("y", (1))) z"; g()"#)
        #expect(text.code[0].contains("f("))
        #expect(text.code[0].contains("g()"))
        #expect(!text.code[0].contains("y"))
        #expect(text.literals[0].contains("z"))
    }

    @Test("literals of several lines and raw literals end at their own fence")
    func fences() {
        let text = SwiftText(
            "let a = \"\"\"\n  one \"two\"\n  \"\"\"\nlet b = #\"x \" \\(y)\"#; let c = 1\nlet d = \"\\\"\" + e")
        #expect(text.code.count == 5)
        #expect(text.code[1].trimmedSpaces == "")
        #expect(text.code[3].trimmedSpaces.hasSuffix("let c = 1"))
        #expect(!text.code[3].contains("y"))
        #expect(text.code[4].trimmedSpaces.hasSuffix("+ e"))
    }

    @Test("a phrase is found where it stands for itself")
    func phrases() {
        #expect(holds("print(", "    print(1)"))
        #expect(holds("Date()", "{ Date() }"))
        #expect(!holds("print(", "blueprint(1)"))
        #expect(!holds("Date()", "let x = someDate()"))
        #expect(!holds("as!", "alias!x"))
    }

    @Test("tokens carry their line and know whether they begin it")
    func tokenPlaces() {
        let found = tokens(of: ["@main func a() {", "  b"])
        #expect(found.map(\.text) == ["@main", "func", "a", "(", ")", "{", "b"])
        #expect(found.last == SwiftToken(text: "b", line: 2, isFirstOnLine: true))
    }
}
