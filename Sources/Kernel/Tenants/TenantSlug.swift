import PluginKit

/// A tenant's short name in paths, file names and variables: `acme`, `north-sea-2`.
///
/// 2 to 40 bytes out of `a-z`, `0-9` and `-`; begins with a letter, ends with none of `-`, no two `-` in a row, and is
/// none of the words that the server keeps for itself.
package struct TenantSlug: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// `nil` for text that is no slug; ``problem(_:)`` says why.
    package init?(_ text: String) {
        guard Self.problem(text) == nil else { return nil }
        self.text = text
    }

    /// The slug of a tenant that has one, which stays what it is when further words are kept.
    package init(registered text: String) {
        self.text = text
    }

    package var description: String { text }

    /// What is wrong with `text` as a slug, in words for a person; `nil` where nothing is.
    package static func problem(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard (2...40).contains(bytes.count) else { return "must be 2 to 40 bytes long, is \(bytes.count)" }
        guard bytes.allSatisfy(isAllowed) else { return "must consist of a-z, 0-9 and -" }
        guard isLetter(bytes[0]) else { return "must begin with a letter" }
        guard bytes.last != hyphen else { return "must not end with -" }
        guard !zip(bytes, bytes.dropFirst()).contains(where: { $0 == hyphen && $1 == hyphen }) else {
            return "must not hold two - in a row"
        }
        return reserved.contains(text) ? "is a word that the server keeps for itself" : nil
    }

    /// The rule for a setting that is a slug.
    static let check = TextCheck(
        pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", fix: "write a short name such as `acme`", problem: problem)

    // First parts of paths, names of services, words that would mislead in an address, what lies in the process's own
    // folders, and the first words of its environment variables: a tenant `database` would read GATEHOUSE_DATABASE_URL as
    // its secret `URL`.
    private static let reserved: Set = [
        "admin", "api", "auth", "console", "context", "data", "database", "dns", "docs", "fingerprint-key", "gatehouse",
        "healthz", "key", "keys", "listen", "log", "maintenance", "metrics", "migration", "oauth", "openapi",
        "operations", "operators", "platform", "postgres", "public", "public-url", "readyz", "root", "secrets",
        "static", "support", "system", "tenant", "tenants", "tls", "trusted", "v1", "v2",
        "well-known",
    ]

    private static let hyphen = UInt8(ascii: "-")

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == hyphen
    }
}
