import Foundation
package import PluginKit

/// Which tenant a token claims to be of, before anything about it is believed: where a request names no tenant, it tells
/// whose keys must verify the token.
package enum AccessTokenTenant {
    /// `nil` for text that is no such token.
    package static func claimed(by text: String) -> TenantID? {
        guard text.utf8.count <= AccessTokens.maximumBytes else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(parts[1]) else { return nil }
        return (try? JSONDecoder().decode(Claim.self, from: Data(payload)))?.tid
    }

    private struct Claim: Decodable {
        let tid: TenantID
    }
}
