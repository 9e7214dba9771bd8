import Testing

/// Holds every statement of the product against the rules for SQL.
@Suite("Statements of the tree")
struct StatementTreeTests {
    private let product = SourceTree.current.swiftFiles(under: ["Sources", "Plugins"])

    @Test("a statement stands in its owner's …Statements.swift")
    func placement() {
        expectNone(
            product.filter { !mayHoldStatements($0.path) }.flatMap { file in
                statements(in: SwiftText(file.text)).map {
                    Finding(path: file.path, line: $0.line, message: "\($0.name) belongs into a …Statements.swift file")
                }
            })
    }

    @Test("every statement is on its owner's list, so that it is checked against the schema")
    func enumeration() {
        for (target, files) in Dictionary(grouping: product, by: \.target) {
            let texts = files.map { ($0.path, SwiftText($0.text)) }
            let listed = texts.reduce(into: Set<String>()) { $0.formUnion(listedStatements(in: $1.1)) }
            expectNone(
                texts.flatMap { path, text in
                    statements(in: text).filter { !listed.contains($0.name) }.map {
                        let message = "\($0.name) is on no list of type [any Statement.Type] in \(target ?? path)"
                        return Finding(path: path, line: $0.line, message: message)
                    }
                })
        }
    }

    @Test("SQL is written in statements and nowhere else")
    func looseSQL() {
        let others = product.filter { file in
            !mayHoldStatements(file.path) && !HouseRules.targetsWithOwnSQL.contains(file.target ?? "")
        }
        expectNone(others.flatMap { sqlLiterals(in: SwiftText($0.text), path: $0.path) })
    }
}
