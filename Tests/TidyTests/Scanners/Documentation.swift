/// Says so where a file does not open, after its imports, with a documented type or extension.
///
/// Whoever opens the file then reads in its first sentence what it is for. An extension may leave that to its first
/// member, since the file's name tells the topic: `Connection+Opening.swift`.
func undocumentedOpening(of text: SwiftText, path: String) -> [Finding] {
    let opening = text.code.indices.first { number in
        let code = text.code[number].trimmedSpaces
        return !code.isEmpty && !code.hasPrefix("#") && !isImport(code) && !isAttribute(code)
    }
    guard let opening, !isDocumented(opening, in: text), !isExtensionWithDocumentedMember(opening, in: text) else {
        return []
    }
    return [
        Finding(
            path: path, line: opening + 1, message: "open the file with a `///` sentence that says what its type is for"
        )
    ]
}

/// Public types, and other public declarations outside of any type, that no `///` describes.
func undocumentedPublicTypes(in text: SwiftText, path: String) -> [Finding] {
    let types: Set = ["struct", "class", "enum", "protocol", "actor"]
    return text.code.indices.filter { number in
        let words = text.code[number].split { !$0.isLetter && $0 != "@" }.map(String.init)
        guard words.contains("public"), !isImport(text.code[number].trimmedSpaces) else { return false }
        let isOutside = !text.code[number].hasPrefix(" ")
        return (isOutside || !types.isDisjoint(with: words)) && !words.contains("extension")
            && !isDocumented(number, in: text)
    }.map { Finding(path: path, line: $0 + 1, message: "say in `///` what a caller may rely on") }
}

/// Whether a `///` comment stands directly above the line, with at most attributes between.
private func isDocumented(_ number: Int, in text: SwiftText) -> Bool {
    guard
        let above = text.code[..<number].lastIndex(where: { !isAttribute($0.trimmedSpaces) || $0.trimmedSpaces.isEmpty }
        )
    else { return false }
    return text.comments[above].trimmedSpaces.hasPrefix("///")
}

private func isExtensionWithDocumentedMember(_ number: Int, in text: SwiftText) -> Bool {
    let next = number + 1
    return text.code[number].split(separator: " ").contains("extension") && text.comments.indices.contains(next)
        && text.comments[next].trimmedSpaces.hasPrefix("///")
}

private func isImport(_ code: String) -> Bool {
    code.split(separator: " ").contains("import")
}

private func isAttribute(_ code: String) -> Bool {
    code.hasPrefix("@") && code.split(separator: " ").allSatisfy { $0.hasPrefix("@") }
}

extension String {
    /// The text without spaces and tabs at either end.
    var trimmedSpaces: String {
        let bytes = utf8.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let end = bytes.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        return end.map { String(bytes[...$0]) ?? "" } ?? ""
    }
}
