/// One word or one sign of Swift code.
struct SwiftToken: Equatable {
    let text: String
    /// Counted from one.
    let line: Int
    let isFirstOnLine: Bool
}

/// Splits code into words (with a leading `@` or `#`) and single signs.
func tokens(of code: [String]) -> [SwiftToken] {
    code.enumerated().flatMap { number, line in
        words(of: line).enumerated().map { position, word in
            SwiftToken(text: word, line: number + 1, isFirstOnLine: position == 0)
        }
    }
}

/// Whether `line` holds `phrase` standing for itself: `print(` is found in `print("x")`, not in `blueprint("x")`.
func holds(_ phrase: String, _ line: String) -> Bool {
    guard line.contains(phrase) else { return false }
    let phrase = Array(phrase.utf8)
    let line = Array(line.utf8)
    return line.indices.contains { start in
        guard line[start...].starts(with: phrase) else { return false }
        let isWordBefore = start > 0 && isWord(line[start - 1]) && isWord(phrase[0])
        let end = start + phrase.count
        let isWordAfter = end < line.count && isWord(line[end]) && isWord(phrase[phrase.count - 1])
        return !isWordBefore && !isWordAfter
    }
}

private func words(of line: String) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    for byte in line.utf8 {
        let isPrefix = byte == UInt8(ascii: "@") || byte == UInt8(ascii: "#")
        if !isWord(byte) || isPrefix, !word.isEmpty {
            words.append(String(decoding: word, as: UTF8.self))
            word = []
        }
        if isWord(byte) || isPrefix {
            word.append(byte)
        } else if byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\t") {
            words.append(String(decoding: [byte], as: UTF8.self))
        }
    }
    return word.isEmpty ? words : words + [String(decoding: word, as: UTF8.self)]
}

private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
    default: false
    }
}
