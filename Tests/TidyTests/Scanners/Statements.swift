/// A type that conforms to `Statement`, or to a protocol that refines it.
struct DeclaredStatement: Equatable {
    let name: String
    let line: Int
}

/// The statements that a file declares.
func statements(in text: SwiftText) -> [DeclaredStatement] {
    let tokens = tokens(of: text.code)
    return tokens.indices.compactMap { index in
        guard ["struct", "enum", "extension"].contains(tokens[index].text), tokens.indices.contains(index + 1),
            conformances(tokens, ofTypeAt: index).contains(where: { $0.hasSuffix("Statement") })
        else { return nil }
        return DeclaredStatement(name: tokens[index + 1].text, line: tokens[index].line)
    }
}

/// The statements that a file lists for checking: whatever stands as `Name.self` in the list or body that
/// follows a declaration of the type `[any Statement.Type]`.
func listedStatements(in text: SwiftText) -> Set<String> {
    let tokens = tokens(of: text.code)
    let lists = tokens.indices.filter { isListType(tokens, endingAt: $0) }.compactMap { end in
        list(tokens, after: end)
    }
    return Set(
        lists.joined().filter { $0 + 2 < tokens.count && tokens[$0 + 1].text == "." && tokens[$0 + 2].text == "self" }
            .map { tokens[$0].text })
}

/// Whether statements may be declared in the file at `path`.
func mayHoldStatements(_ path: String) -> Bool {
    path.hasSuffix("Statements.swift") || path.split(separator: "/").contains("Statements")
}

/// Literals that are SQL, by how they begin a clause.
func sqlLiterals(in text: SwiftText, path: String) -> [Finding] {
    let beginnings = [
        "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "ALTER TABLE ", "ALTER ROLE ", "DROP TABLE ", "TRUNCATE ",
    ]
    return text.literals.indices.filter { number in
        let line = text.literals[number].filter { $0 != "\"" && $0 != "#" }.trimmedSpaces
        let isQuery = line.hasPrefix("SELECT ") || line.hasPrefix("WITH ") && line.hasSuffix("(")
        let isUpdate = line.hasPrefix("UPDATE ") && !line.contains("`")
        return isQuery || isUpdate || beginnings.contains { line.hasPrefix($0) }
    }.map {
        Finding(path: path, line: $0 + 1, message: "SQL stands in a `Statement` of a …Statements.swift file")
    }
}

/// The names after the colon of the type that `index` declares, up to its brace.
private func conformances(_ tokens: [SwiftToken], ofTypeAt index: Int) -> [String] {
    let head = tokens[(index + 1)...].prefix { $0.text != "{" && $0.text != "where" }
    guard let colon = head.firstIndex(where: { $0.text == ":" }) else { return [] }
    return head[colon...].map(\.text)
}

private func isListType(_ tokens: [SwiftToken], endingAt index: Int) -> Bool {
    let shape = ["[", "any", "Statement", ".", "Type", "]"]
    guard index + 1 >= shape.count else { return false }
    return tokens[(index + 1 - shape.count)...index].map(\.text) == shape
}

/// The positions inside the value or the body that follows the type which ends at `index`.
private func list(_ tokens: [SwiftToken], after index: Int) -> Range<Int>? {
    var start = index + 1
    if start < tokens.count, tokens[start].text == "=" { start += 1 }
    guard start < tokens.count, ["{", "["].contains(tokens[start].text) else { return nil }
    var depth = 0
    let end = tokens.indices.dropFirst(start).first { position in
        if "{[".contains(tokens[position].text) { depth += 1 }
        if "}]".contains(tokens[position].text) { depth -= 1 }
        return depth == 0
    }
    return end.map { start..<$0 }
}
