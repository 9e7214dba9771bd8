import Foundation

/// What a migration does to tables, as far as tenants are concerned.
struct Migration {
    let path: String
    /// Every table that the file creates, with the line.
    let created: [(table: String, line: Int)]
    /// Every table that the file puts under its tenant's policies.
    let isolated: Set<String>

    private let statements: [SQLStatement]

    init(_ file: SourceFile) {
        path = file.path
        statements = sqlStatements(in: file.text)
        created = statements.compactMap { statement in
            createdTable(in: statement.text).map { ($0, statement.line) }
        }
        isolated = Set(statements.compactMap { isolatedTable(in: $0.text) })
    }

    /// Tables that are created here, are not isolated here, and are not in `exempt`.
    func openTables(except exempt: Set<String>) -> [Finding] {
        created.filter { !isolated.contains($0.table) && !exempt.contains($0.table) }.map {
            let message = "\($0.table) holds rows of tenants: CALL gatehouse.isolate('\($0.table)') in the same file"
            return Finding(path: path, line: $0.line, message: message)
        }
    }

    /// Keys of tables other than `exempt` that do not begin with the tenant. Checks of foreign and unique keys go
    /// round row-level security, so such a key would let one tenant's row meet another's.
    func looseKeys(except exempt: Set<String>) -> [Finding] {
        statements.flatMap { statement -> [Finding] in
            guard let table = keyedTable(in: statement.text), !exempt.contains(table) else { return [] }
            return looseKeyParts(of: statement.text).map {
                Finding(path: path, line: statement.line, message: "\(table): `\($0)` must begin with tenant_id")
            }
        }
    }
}

/// What is wrong with the numbers of the files: they run from 0001 without a gap, in the form `0001_what_it_does.sql`.
func numberingProblems(of names: [String]) -> [String] {
    names.sorted().enumerated().compactMap { index, name in
        let expected = String(format: "%04d_", index + 1)
        let rest = name.dropFirst(expected.count).dropLast(".sql".count)
        guard name.hasPrefix(expected), name.hasSuffix(".sql"), !rest.isEmpty, rest.utf8.allSatisfy(isLowerSnake) else {
            return "\(name) stands where \(expected)….sql is expected, in lower snake case"
        }
        return nil
    }
}

private func isLowerSnake(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
}

/// Pieces of a statement that make a key which does not begin with `tenant_id`.
private func looseKeyParts(of statement: String) -> [String] {
    let parts = statement.hasPrefix("CREATE TABLE") ? columns(of: statement) : [statement]
    return parts.flatMap { part in looseKeyPatterns.flatMap { matches(of: $0, in: part) } }
}

private let looseKeyPatterns = [
    // A constraint over columns of which the first is not the tenant.
    #"(?:PRIMARY KEY|UNIQUE|FOREIGN KEY)\s*\((?!\s*tenant_id\b)[^)]*\)"#,
    // A key that stands beside its one column.
    #"\b(?:PRIMARY KEY|UNIQUE)\b(?!\s*(?:\(|INDEX\b|NULLS\b))"#,
    // A reference to another table whose columns do not begin with the tenant, or are not named.
    #"REFERENCES\s+(?!gatehouse\.tenants\b)[a-z_.]+\s*(?!\s*\(\s*tenant_id\b)(?:\([^)]*\))?(?=\s*(?:,|\)|ON\b|$))"#,
    // A reference to the registry of tenants by anything but the tenant's own column.
    #"^(?!.*\btenant_id\b).*\bREFERENCES\s+gatehouse\.tenants\b.*$"#,
    // A unique index of which the first column is not the tenant.
    #"CREATE UNIQUE INDEX\b.*?\bON\s+[a-z_.]+\s*\((?!\s*tenant_id\b)[^)]*\)"#,
]

/// The entries of a table definition: columns and constraints.
private func columns(of statement: String) -> [String] {
    guard let open = statement.firstIndex(of: "("), let close = statement.lastIndex(of: ")"), open < close else {
        return []
    }
    var depth = 0
    return statement[statement.index(after: open)..<close].split { character in
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        return character == "," && depth == 0
    }.map { String($0).trimmedSpaces }
}

private func createdTable(in statement: String) -> String? {
    firstGroup(of: #"^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([a-z_.]+)"#, in: statement)
}

private func isolatedTable(in statement: String) -> String? {
    firstGroup(of: #"^CALL gatehouse\.isolate\('([a-z_.]+)'\)"#, in: statement)
}

/// The table whose keys a statement defines.
private func keyedTable(in statement: String) -> String? {
    createdTable(in: statement)
        ?? firstGroup(of: #"^ALTER TABLE (?:ONLY )?([a-z_.]+)"#, in: statement)
        ?? firstGroup(of: #"^CREATE UNIQUE INDEX .*? ON ([a-z_.]+)"#, in: statement)
}

private func firstGroup(of pattern: String, in text: String) -> String? {
    guard let expression = try? NSRegularExpression(pattern: pattern),
        let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
        let range = Range(match.range(at: 1), in: text)
    else { return nil }
    return String(text[range])
}

private func matches(of pattern: String, in text: String) -> [String] {
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return [] }
    return expression.matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap { match in
        Range(match.range, in: text).map { String(text[$0]) }
    }
}
