import Testing

@Suite("Lengths of functions")
struct FunctionLengthsTests {
    private func spans(_ source: String) -> [FunctionSpan] {
        functions(in: SwiftText(source))
    }

    @Test("a function counts from its declaration to its closing brace")
    func plain() {
        let found = spans("struct A {\n  func one() -> Int {\n    let b = { 1 }\n    return b()\n  }\n}")
        #expect(found == [FunctionSpan(name: "one", line: 2, lineCount: 4)])
    }

    @Test("a signature over several lines belongs to the function")
    func longSignature() {
        let found = spans(
            "func two<T>(\n  _ a: T = { 1 }()\n) async throws\n-> [T]\nwhere T: A,\n  T: B\n{\n  x()\n}")
        #expect(found == [FunctionSpan(name: "two", line: 1, lineCount: 9)])
    }

    @Test("initialisers, subscripts and computed properties have bodies too")
    func others() {
        let found = spans("init?(a: Int) {\n}\ndeinit {\n}\nsubscript(i: Int) -> Int {\n 1\n}\nvar c: Int {\n 1\n}")
        #expect(found.map(\.name) == ["init", "deinit", "subscript", "c"])
        #expect(found.map(\.lineCount) == [2, 2, 3, 3])
    }

    @Test("requirements, stored properties and calls have none")
    func without() {
        #expect(
            spans("protocol P {\n  func a() async throws -> Int\n  init(b: Int)\n  var c: Int\n}\nstruct S {}") == [])
        #expect(spans("struct S {\n  var a = { 1 }\n  var b: Int\n  struct T {}\n}") == [])
        #expect(spans("func x() { self.init(a) ; for var i in j { } }").map(\.name) == ["x"])
    }

    @Test("braces in literals and comments close nothing")
    func literals() {
        let found = spans("func a() {\n  let b = \"}\" // }\n  c()\n}")
        #expect(found.map(\.lineCount) == [4])
    }
}
