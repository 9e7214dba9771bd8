import Cryptography
import Foundation
import PluginKit

/// A use of a secret, as the statement that notes it takes it.
struct UseRow: Encodable {
    let secret: UUID
    let count: Int
    /// In microseconds since 1970.
    let at: Int64

    init(secret: UUID, count: Int, at time: Date) {
        self.secret = secret
        self.count = count
        at = time.microseconds
    }

    /// Rows as PostgreSQL reads them.
    static func encode(_ rows: [some Encodable]) throws -> String {
        String(decoding: try JSONEncoder().encode(rows), as: UTF8.self)
    }
}

/// A caller of a secret, as the statement that notes him takes him.
struct CallerRow: Encodable {
    let id: UUID
    let secret: UUID
    let caller: String
    let origin: String
    /// In microseconds since 1970.
    let at: Int64

    init(_ id: KeyCallerID, of secret: KeySecretID, caller: [UInt8], _ origin: [UInt8], at time: Date) {
        self.id = id.rawValue
        self.secret = secret.rawValue
        self.caller = Hexadecimal.encode(caller)
        self.origin = Hexadecimal.encode(origin)
        at = time.microseconds
    }
}

extension Date {
    /// To the microsecond, as the database keeps times.
    fileprivate var microseconds: Int64 {
        let reference = Int64(Date.timeIntervalBetween1970AndReferenceDate) * 1_000_000
        return Int64((timeIntervalSinceReferenceDate * 1_000_000).rounded()) + reference
    }
}
