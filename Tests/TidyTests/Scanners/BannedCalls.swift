/// A phrase that our code does not use, and what it uses instead.
struct BannedPhrase {
    let phrase: String
    let replacement: String

    init(_ phrase: String, use replacement: String) {
        self.phrase = phrase
        self.replacement = replacement
    }

    /// Looked for in code, outside comments and literals.
    static let inCode = [
        BannedPhrase("print(", use: "the logger, or the command's own output"),
        BannedPhrase("debugPrint(", use: "the logger"),
        BannedPhrase("NSLog(", use: "the logger"),
        BannedPhrase("try!", use: "`try` and an error that says what was being done"),
        BannedPhrase("as!", use: "`as?` with a `guard`"),
        BannedPhrase("fatalError(", use: "an error; or `precondition` for a mistake of the programmer"),
        BannedPhrase("UUID()", use: "`Identifier.make(at:)`"),
        BannedPhrase("nonisolated(unsafe)", use: "a `Mutex` or an actor"),
    ]

    /// The system clock. It is read in one place, which hands it to all others as `now`.
    static let clock = [
        BannedPhrase("Date()", use: "the `now` that was handed in"),
        BannedPhrase("Date.now", use: "the `now` that was handed in"),
    ]

    /// Used with a comment on the line above that says why it holds, and not otherwise.
    static let toExplain = [
        BannedPhrase("@unchecked Sendable", use: "a comment above that says which thread or lock owns the value"),
        BannedPhrase("DispatchSemaphore", use: "a comment above that says which threads of its own wait for it"),
    ]

    /// Looked for inside literals.
    static let inLiterals = [
        BannedPhrase("SELECT *", use: "the names of the columns")
    ]
}

/// Where `text` uses one of the phrases.
func bannedPhrases(in text: SwiftText, path: String) -> [Finding] {
    occurrences(of: BannedPhrase.inCode, in: text.code, path: path)
        + occurrences(of: BannedPhrase.inLiterals, in: text.literals, path: path)
}

/// Where `text` reads the system clock.
func clockReadings(in text: SwiftText, path: String) -> [Finding] {
    occurrences(of: BannedPhrase.clock, in: text.code, path: path)
}

/// Where `text` takes something into its own hands that the language would see to, without a comment on the line above
/// that says why it holds.
func unexplainedPhrases(in text: SwiftText, path: String) -> [Finding] {
    occurrences(of: BannedPhrase.toExplain, in: text.code, path: path).filter {
        $0.line == 1 || !text.comments[$0.line - 2].contains("//")
    }
}

private func occurrences(of phrases: [BannedPhrase], in lines: [String], path: String) -> [Finding] {
    lines.enumerated().flatMap { number, line in
        phrases.filter { holds($0.phrase, line) }.map {
            Finding(path: path, line: number + 1, message: "`\($0.phrase)` is not used here; use \($0.replacement)")
        }
    }
}
