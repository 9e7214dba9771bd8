/// A path of a policy: `+` stands for one segment, `*` at the end for whatever follows.
struct PolicyPattern: Hashable {
    let text: String

    func matches(_ path: String) -> Bool {
        let isPrefix = text.hasSuffix("*")
        let wanted = (isPrefix ? text.dropLast() : text[...]).split(separator: "/", omittingEmptySubsequences: false)
        let given = path.split(separator: "/", omittingEmptySubsequences: false)
        guard isPrefix ? given.count >= wanted.count : given.count == wanted.count else { return false }
        let last = wanted.count - 1
        for (index, segment) in wanted.enumerated() where segment != "+" {
            let matches = isPrefix && index == last ? given[index].hasPrefix(segment) : given[index] == segment
            guard matches else { return false }
        }
        return true
    }

    /// Whether the pattern can match something that begins with `mount`, which ends in a slash.
    func reaches(into mount: String) -> Bool {
        let wanted = text.split(separator: "/", omittingEmptySubsequences: false)
        let given = mount.split(separator: "/")
        for (index, segment) in given.enumerated() {
            guard index < wanted.count else { return false }
            if wanted[index].hasSuffix("*") { return segment.hasPrefix(wanted[index].dropLast()) }
            guard wanted[index] == "+" || wanted[index] == segment else { return false }
        }
        return true
    }
}

extension PolicyPattern: Comparable {
    /// The order in which Vault chooses among patterns that match: the greatest counts.
    static func < (left: Self, right: Self) -> Bool {
        if left.firstWildcard != right.firstWildcard { return left.firstWildcard < right.firstWildcard }
        if left.isPrefix != right.isPrefix { return left.isPrefix }
        if left.segmentWildcards != right.segmentWildcards { return left.segmentWildcards > right.segmentWildcards }
        if left.text.utf8.count != right.text.utf8.count { return left.text.utf8.count < right.text.utf8.count }
        return left.text < right.text
    }

    private var isPrefix: Bool { text.hasSuffix("*") }

    private var segmentWildcards: Int { text.split(separator: "/").count { $0 == "+" } }

    /// How many bytes stand before the first wildcard.
    private var firstWildcard: Int {
        var position = 0
        for segment in text.split(separator: "/", omittingEmptySubsequences: false) {
            if segment == "+" { return position }
            position += segment.utf8.count + 1
        }
        return isPrefix ? text.utf8.count - 1 : .max
    }
}
