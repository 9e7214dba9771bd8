/// Where a secret is kept: a backend of the tenant and a name within it, written `env:PEPPER` or `file:pepper`.
///
/// A settings file holds references only; the value is fetched when it is needed.
public struct SecretReference: Sendable, Hashable, CustomStringConvertible {
    /// The name of the backend, as in the tenant's `secrets` section: `env`, `file`.
    public let backend: String
    /// What the backend calls the secret; each backend says which names it takes.
    public let name: String

    public init(backend: String, name: String) {
        self.backend = backend
        self.name = name
    }

    /// Reads `backend:name`; `nil` where the text has no such form, as a literal secret would not.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, Self.isBackendName(parts[0]) else { return nil }
        backend = String(decoding: parts[0], as: UTF8.self)
        name = String(decoding: parts[1], as: UTF8.self)
    }

    public var description: String { "\(backend):\(name)" }

    private static func isBackendName(_ bytes: some Collection<UInt8>) -> Bool {
        (1...32).contains(bytes.count)
            && bytes.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") }
    }
}
