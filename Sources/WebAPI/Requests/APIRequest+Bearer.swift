import HTTPTypes
package import PluginKit

/// The credential that a request carries.
extension APIRequest {
    private static let longestCredential = 4096

    /// The credential in `Authorization: Bearer` (RFC 6750, 2.1); `nil` where the request has no such header.
    ///
    /// - Throws: `unauthenticated` for another scheme, for two headers, and for text that cannot be a credential.
    package func bearer() throws(Problem) -> SecretText? {
        let values = headers[values: .authorization]
        guard let value = values.first else { return nil }
        let parts = value.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard values.count == 1, parts.count == 2, Self.isBearer(parts[0]), Self.isToken(parts[1]) else {
            throw Problem(.unauthenticated)
        }
        return SecretText(utf8: SecretBytes(parts[1]))
    }

    /// The credential, where the route cannot do without.
    package func requiredBearer() throws(Problem) -> SecretText {
        guard let credential = try bearer() else { throw Problem(.unauthenticated) }
        return credential
    }

    private static func isBearer(_ scheme: Substring.UTF8View) -> Bool {
        scheme.map { $0 | 0x20 } == Array("bearer".utf8)
    }

    /// Whether the bytes are of the form `b64token`.
    private static func isToken(_ bytes: Substring.UTF8View) -> Bool {
        (1...longestCredential).contains(bytes.count)
            && bytes.allSatisfy { URLPath.isWordByte($0) || "._~+/=".utf8.contains($0) }
    }
}
