/// What a secret is called in Vault: the path within the mount and the field, written `path#field`.
struct VaultPath: Sendable, Hashable {
    let path: String
    let field: String

    /// `nil` for a name that ``problem(with:)`` refuses.
    init?(_ name: String) {
        guard Self.problem(with: name) == nil else { return nil }
        let parts = name.utf8.split(separator: UInt8(ascii: "#"))
        path = String(decoding: parts[0], as: UTF8.self)
        field = String(decoding: parts[1], as: UTF8.self)
    }

    var description: String { "vault:\(path)#\(field)" }

    /// What is wrong with `name`; judged byte by byte, so that nothing in it could lead a URL elsewhere.
    static func problem(with name: String) -> String? {
        let bytes = name.utf8
        guard bytes.count <= 255 else { return "must be at most 255 bytes" }
        let parts = bytes.split(separator: UInt8(ascii: "#"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return "must be a path and a field with one # between: path#field" }
        if let problem = problem(withSegments: parts[0]) { return problem }
        guard !parts[1].isEmpty, parts[1].allSatisfy(isNameByte) else {
            return "must name a field of letters, digits, dots, hyphens and underscores after the #"
        }
        return nil
    }

    /// What is wrong with `path` as the path of a mount, a namespace or a key: `team/kv`.
    static func problem(withPath path: String) -> String? {
        path.utf8.count > 255 ? "must be at most 255 bytes" : problem(withSegments: path.utf8[...])
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func problem(withSegments path: Substring.UTF8View) -> String? {
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard segments.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isNameByte) }) else {
            return "must be a path of letters, digits, dots, hyphens and underscores with single slashes between"
        }
        // Vault itself refuses a path that ends in a period; this also keeps out `.` and `..`.
        guard segments.allSatisfy({ $0.last != UInt8(ascii: ".") }) else {
            return "must have no part that ends in a period"
        }
        return nil
    }
}
