/// Tells passwords that attackers try first.
struct CommonPasswords: Sendable {
    /// The words of this program and of the system's dictionary.
    ///
    /// Shared by all tenants: it is made once, at the first question, and holds nothing of any tenant.
    static let standard = CommonPasswords(words: CommonPasswordWords.all, dictionary: .system())

    private let words: Set<String>
    private let dictionary: CrackDictionary?

    init(words: some Sequence<String>, dictionary: CrackDictionary?) {
        self.words = Set(words)
        self.dictionary = dictionary
    }

    /// Whether `password`, normalised, is common in one of these ways, case aside:
    /// - it is a listed word;
    /// - it is a listed word with digits and symbols after it, no longer than the word itself;
    /// - it is a listed word or one to four characters, over and over;
    /// - it runs through the characters one by one, up or down.
    func contains(_ password: String) -> Bool {
        let scalars = Array(password.lowercased().unicodeScalars)
        return isListed(scalars[...]) || isDecoratedWord(scalars) || isRepetition(scalars) || Self.isRun(scalars)
    }

    private func isDecoratedWord(_ scalars: [Unicode.Scalar]) -> Bool {
        guard let last = scalars.lastIndex(where: { $0.properties.isAlphabetic }) else { return false }
        let word = scalars[...last]
        return word.count * 2 >= scalars.count && isListed(word)
    }

    private func isRepetition(_ scalars: [Unicode.Scalar]) -> Bool {
        let lengths = 1..<max(1, scalars.count)
        guard let length = lengths.first(where: { Self.isRepeated(scalars, every: $0) }) else { return false }
        return length <= 4 || isListed(scalars.prefix(length))
    }

    private static func isRepeated(_ scalars: [Unicode.Scalar], every length: Int) -> Bool {
        scalars.count.isMultiple(of: length) && zip(scalars, scalars.dropFirst(length)).allSatisfy { $0 == $1 }
    }

    private static func isRun(_ scalars: [Unicode.Scalar]) -> Bool {
        let steps = Set(zip(scalars, scalars.dropFirst()).map { Int($1.value) - Int($0.value) })
        return steps == [1] || steps == [-1]
    }

    private func isListed(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        var word = ""
        word.unicodeScalars.append(contentsOf: scalars)
        return words.contains(word) || dictionary?.contains(word) == true
    }
}
