/// What a path of this API may look like: one spelling per path, so that a proxy in front and the router behind it
/// cannot read it differently.
enum URLPath {
    /// Whether `path` is made of `/` and words, without empty words, dot segments, escapes or a slash at its end.
    static func isPlain(_ path: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/") else { return false }
        return path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
            word in
            !word.isEmpty && word.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: ".") } && !isDotSegment(word)
        }
    }

    /// Whether one of its words has the form of an API key or of another credential.
    static func holdsCredential(_ path: String) -> Bool {
        path.split(separator: "/").contains { KeyText.isCredential(String($0)) }
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isDotSegment(_ word: Substring.UTF8View) -> Bool {
        word.elementsEqual(".".utf8) || word.elementsEqual("..".utf8)
    }
}
