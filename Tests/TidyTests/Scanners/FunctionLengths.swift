/// A function, initialiser, subscript or computed property with its extent.
struct FunctionSpan: Equatable {
    let name: String
    /// Where the declaration begins, counted from one.
    let line: Int
    /// From the line of the declaration to the line of the closing brace, both counted.
    let lineCount: Int
}

/// Everything in `text` that has a body of statements, in the order in which it begins.
func functions(in text: SwiftText) -> [FunctionSpan] {
    let tokens = tokens(of: text.code)
    return tokens.indices.compactMap { index in
        guard opensDeclaration(tokens, at: index),
            let body = bodyStart(tokens, after: index),
            let end = closingBrace(tokens, of: body)
        else { return nil }
        let isNamed = tokens[index].text == "func" || tokens[index].text == "var"
        return FunctionSpan(
            name: isNamed ? tokens[index + 1].text : tokens[index].text,
            line: tokens[index].line,
            lineCount: tokens[end].line - tokens[index].line + 1
        )
    }
}

private func opensDeclaration(_ tokens: [SwiftToken], at index: Int) -> Bool {
    let isCall = index > 0 && tokens[index - 1].text == "."
    return ["func", "init", "deinit", "subscript", "var"].contains(tokens[index].text) && !isCall
}

/// Where the body's brace stands; `nil` for a requirement of a protocol and for a stored property.
private func bodyStart(_ tokens: [SwiftToken], after index: Int) -> Int? {
    let isVariable = tokens[index].text == "var"
    var depth = 0
    for position in tokens.indices.dropFirst(index + 1) {
        let token = tokens[position]
        if depth == 0 {
            if token.text == "{" { return position }
            if isVariable, token.isFirstOnLine || token.text == "=" || token.text == "in" { return nil }
            if token.isFirstOnLine, !continuesSignature(token, after: tokens[position - 1]) { return nil }
        }
        if "([".contains(token.text) { depth += 1 }
        if ")]".contains(token.text) { depth -= 1 }
        if depth < 0 { return nil }
    }
    return nil
}

private func continuesSignature(_ token: SwiftToken, after previous: SwiftToken) -> Bool {
    [",", ">", "where", "&"].contains(previous.text)
        || ["-", "throws", "async", "rethrows", "where"].contains(token.text)
}

private func closingBrace(_ tokens: [SwiftToken], of open: Int) -> Int? {
    var depth = 0
    return tokens.indices.dropFirst(open).first { position in
        if tokens[position].text == "{" { depth += 1 }
        if tokens[position].text == "}" { depth -= 1 }
        return depth == 0
    }
}
