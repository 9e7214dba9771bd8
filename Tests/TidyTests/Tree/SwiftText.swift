/// Swift source taken apart into code, comments and literals.
///
/// Each part has all lines of the file; what belongs to another part is blank there, so lines and columns stay true.
/// Code inside an interpolation counts as code. Regular expression literals are not known and count as code.
struct SwiftText {
    let code: [String]
    let comments: [String]
    let literals: [String]

    init(_ source: String) {
        var lexer = SwiftLexer(source)
        lexer.run()
        code = lexer.lines(of: .code)
        comments = lexer.lines(of: .comment)
        literals = lexer.lines(of: .literal)
    }
}

/// Marks every byte of a Swift file as code, comment or literal.
private struct SwiftLexer {
    enum Part { case code, comment, literal }

    /// What opens a literal: `"`, `"""`, `#"` and so on.
    struct Fence {
        let pounds: Int
        let quotes: Int

        var width: Int { pounds + quotes }
    }

    private let bytes: [UInt8]
    private var parts: [Part]
    private var index = 0

    init(_ source: String) {
        bytes = Array(source.utf8)
        parts = Array(repeating: .code, count: bytes.count)
    }

    mutating func run() {
        readCode(untilParenthesisCloses: false)
    }

    func lines(of part: Part) -> [String] {
        let kept = bytes.indices.map { index -> UInt8 in
            parts[index] == part || bytes[index] == UInt8(ascii: "\n") ? bytes[index] : UInt8(ascii: " ")
        }
        return kept.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func readCode(untilParenthesisCloses isNested: Bool) {
        var depth = 0
        while index < bytes.count {
            if starts(with: "//") {
                readLineComment()
            } else if starts(with: "/*") {
                readBlockComment()
            } else if let fence = fence() {
                readLiteral(fence)
            } else {
                if bytes[index] == UInt8(ascii: "(") { depth += 1 }
                if bytes[index] == UInt8(ascii: ")") { depth -= 1 }
                if isNested, depth < 0 { return }
                index += 1
            }
        }
    }

    private mutating func readLineComment() {
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { take(1, as: .comment) }
    }

    private mutating func readBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                take(2, as: .comment)
            } else if starts(with: "*/") {
                depth -= 1
                take(2, as: .comment)
            } else {
                take(1, as: .comment)
            }
        } while depth > 0 && index < bytes.count
    }

    private mutating func readLiteral(_ fence: Fence) {
        let close = String(repeating: "\"", count: fence.quotes) + String(repeating: "#", count: fence.pounds)
        let escape = "\\" + String(repeating: "#", count: fence.pounds)
        take(fence.width, as: .literal)
        while index < bytes.count {
            if starts(with: close) { return take(fence.width, as: .literal) }
            if fence.quotes == 1, bytes[index] == UInt8(ascii: "\n") { return }
            if starts(with: escape + "(") {
                take(escape.utf8.count + 1, as: .literal)
                readCode(untilParenthesisCloses: true)
                take(1, as: .literal)
            } else {
                take(starts(with: escape) ? escape.utf8.count + 1 : 1, as: .literal)
            }
        }
    }

    /// The fence that opens a literal here, if one does.
    private func fence() -> Fence? {
        let pounds = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
        let quotes = bytes[(index + pounds)...].prefix { $0 == UInt8(ascii: "\"") }.count
        return quotes == 0 ? nil : Fence(pounds: pounds, quotes: quotes >= 3 ? 3 : 1)
    }

    private func starts(with text: String) -> Bool {
        bytes[index...].starts(with: text.utf8)
    }

    private mutating func take(_ count: Int, as part: Part) {
        let end = min(index + count, bytes.count)
        while index < end {
            parts[index] = part
            index += 1
        }
    }
}
