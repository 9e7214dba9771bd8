/// One statement of a migration, without comments, on one line.
struct SQLStatement: Equatable {
    let text: String
    /// Where it begins, counted from one.
    let line: Int
}

/// Splits SQL into statements. Knows line comments, quoted text and dollar-quoted bodies; a body stays part of its
/// statement, so what a function does inside is not taken for the migration's own doing.
func sqlStatements(in source: String) -> [SQLStatement] {
    var splitter = SQLSplitter(source)
    return splitter.run()
}

private struct SQLSplitter {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var current: [UInt8] = []
    private var startLine = 1
    private var statements: [SQLStatement] = []

    init(_ source: String) {
        bytes = Array(source.utf8)
    }

    mutating func run() -> [SQLStatement] {
        while index < bytes.count {
            if bytes[index...].starts(with: "--".utf8) {
                skipComment()
            } else if let close = closingQuote() {
                readQuoted(until: close)
            } else if bytes[index] == UInt8(ascii: ";") {
                index += 1
                finish()
            } else {
                take()
            }
        }
        finish()
        return statements
    }

    private mutating func skipComment() {
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    }

    /// What ends the quotation that begins here, if one does: `'`, or a tag such as `$$`.
    private func closingQuote() -> [UInt8]? {
        if bytes[index] == UInt8(ascii: "'") { return [UInt8(ascii: "'")] }
        guard bytes[index] == UInt8(ascii: "$") else { return nil }
        let name = bytes[(index + 1)...].prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        let end = index + 1 + name.count
        return end < bytes.count && bytes[end] == UInt8(ascii: "$") ? Array(bytes[index...end]) : nil
    }

    private mutating func readQuoted(until close: [UInt8]) {
        for _ in close { take() }
        while index < bytes.count, !bytes[index...].starts(with: close) { take() }
        for _ in close where index < bytes.count { take() }
    }

    private mutating func take() {
        let byte = bytes[index]
        index += 1
        if byte == UInt8(ascii: "\n") { line += 1 }
        let isSpace = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        if current.isEmpty {
            startLine = line
            if isSpace { return }
        }
        if isSpace, current.last == UInt8(ascii: " ") { return }
        current.append(isSpace ? UInt8(ascii: " ") : byte)
    }

    private mutating func finish() {
        if !current.isEmpty {
            statements.append(SQLStatement(text: String(decoding: current, as: UTF8.self), line: startLine))
        }
        current = []
    }
}
