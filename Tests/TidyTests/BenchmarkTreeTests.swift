import Testing

/// What the benchmark holds the server against must be what the server does.
@Suite("Benchmarks")
struct BenchmarkTreeTests {
    private let tree = SourceTree.current

    @Test("pgbench looks API keys up by the statement that the server sends")
    func keyLookUp() throws {
        let script = try text(of: "Benchmarks/pgbench/key_lookup.sql")
        let source = try text(of: "Sources/Kernel/APIKeys/KeyLookUpStatements.swift")
        let measured = try #require(script.firstMatch(of: /(?s)true\);\n(SELECT.*?);\n/)).1
        let sent = try #require(source.firstMatch(of: /(?s)struct FindKeyByHash.*?"""\n(.*?)"""/)).1
        #expect(words(measured.replacing("decode(:hash, 'hex')", with: "$1")[...]) == words(sent))
    }

    private func text(of path: String) throws -> String {
        try #require(tree.files.first { $0.path == path }).text
    }

    /// Without what is only layout.
    private func words(_ text: Substring) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map { String($0) }
    }
}
