import PluginKit

/// The word that keys begin with, by which people and scanners know whose they are.
enum KeyPrefix {
    static let longest = 16

    /// The rule for a setting that is a prefix. An underscore would end it, so there is none.
    static let check = TextCheck(pattern: "^[a-z][a-z0-9]{1,15}$", fix: "write a short name such as `acme`") { text in
        isPrefix(text.utf8) ? nil : "must be 2 to \(longest) characters out of a-z and 0-9, the first a letter"
    }

    /// The prefix of a tenant that sets none: its slug without what may not stand there, cut to 16 characters; `gh`
    /// comes before what would be no prefix.
    static func standard(for slug: String) -> String {
        let name = slug.utf8.filter(isAllowed).prefix(longest)
        let prefix = isPrefix(name) ? Array(name) : Array(("gh".utf8 + name).prefix(longest))
        return String(decoding: prefix, as: UTF8.self)
    }

    private static func isPrefix(_ text: some Collection<UInt8>) -> Bool {
        (2...longest).contains(text.count) && text.first.map(isLetter) == true && text.allSatisfy(isAllowed)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
