import Cryptography
import PluginKit

/// Where a request came from, as it is sealed: a list of the address and, where there is one, what the client calls itself.
struct SealedOrigin: Sendable {
    let address: String
    let userAgent: String?

    init(address: String, userAgent: String?) {
        self.address = address
        self.userAgent = userAgent
    }

    init(_ origin: RequestOrigin) {
        self.init(address: origin.address, userAgent: origin.userAgent)
    }

    /// - Throws: ``KeyringError/malformed`` for bytes that are no such list.
    init(_ bytes: [UInt8]) throws {
        guard let parts = LengthPrefixed.decode(bytes), (1...2).contains(parts.count) else {
            throw KeyringError.malformed
        }
        address = String(decoding: parts[0], as: UTF8.self)
        userAgent = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil
    }

    var bytes: [UInt8] { LengthPrefixed.encode([Array(address.utf8)] + (userAgent.map { [Array($0.utf8)] } ?? [])) }
}
