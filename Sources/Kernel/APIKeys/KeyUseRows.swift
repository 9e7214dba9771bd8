import Cryptography
import Foundation
import PluginKit

/// A use of a secret, as the statement that notes it takes it.
struct UseRow: Encodable {
    let secret: UUID
    let count: Int
    let at: String
}

/// A caller of a secret, as the statement that notes him takes him.
struct CallerRow: Encodable {
    let id: UUID
    let secret: UUID
    let caller: String
    let origin: String
    let at: String

    init(_ id: KeyCallerID, of secret: KeySecretID, caller: [UInt8], _ origin: [UInt8], at time: Date) {
        self.id = id.rawValue
        self.secret = secret.rawValue
        self.caller = Hexadecimal.encode(caller)
        self.origin = Hexadecimal.encode(origin)
        at = KeyTime.write(time)
    }
}

/// Times and rows as PostgreSQL reads them out of JSON.
enum KeyTime {
    static func write(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    static func encode(_ rows: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(rows), as: UTF8.self)
    }
}
