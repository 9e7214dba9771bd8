import Testing

@Suite("Documentation of declarations")
struct DocumentationTests {
    private func opening(_ source: String) -> [Int] {
        undocumentedOpening(of: SwiftText(source), path: "a.swift").map(\.line)
    }

    private func publicTypes(_ source: String) -> [Int] {
        undocumentedPublicTypes(in: SwiftText(source), path: "a.swift").map(\.line)
    }

    @Test("a file whose first type has no `///` is found")
    func bareOpening() {
        #expect(opening("import A\n\nstruct B {}") == [3])
        #expect(opening("import A\n\n// Plain.\nstruct B {}") == [4])
        #expect(opening("/// For the import.\nimport A\n\nextension B {\n    func c() {}\n}") == [4])
    }

    @Test("a documented first type is accepted, with attributes and conditions before it")
    func documentedOpening() {
        #expect(opening("import A\n\n/// For b.\nstruct B {}") == [])
        #expect(opening("#if canImport(A)\n    private import A\n#endif\n\n/// For b.\n@main\nstruct B {}") == [])
        #expect(opening("/// For b.\nextension B {}\n\nstruct C {}") == [])
        #expect(opening("extension B {\n    /// For c.\n    func c() {}\n}") == [])
    }

    @Test("an undocumented public type is found, at any depth")
    func barePublicType() {
        #expect(publicTypes("public struct A {}") == [1])
        #expect(publicTypes("/// A.\npublic struct A {\n    public enum B {}\n}") == [3])
        #expect(publicTypes("public typealias A = B") == [1])
    }

    @Test("documented types, imports, extensions and members are accepted")
    func documentedPublicType() {
        #expect(publicTypes("public import A\n\n/// A.\n@frozen\npublic struct A {\n    public let b: Int\n}") == [])
        #expect(publicTypes("public extension A {\n    public init() {}\n}") == [])
    }
}
