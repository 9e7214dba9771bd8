public import Foundation

/// A kind of record that has identifiers of its own.
public protocol IdentifierKind: Sendable {
    /// The letters that lead the written form, without the underscore: `usr`.
    static var prefix: String { get }
}

/// An identifier of one kind of record: opaque to clients, sortable by time of making.
///
/// The value is a UUID of version 7 (RFC 9562). Its written form is the kind's prefix, an underscore and
/// 26 characters of Crockford's base 32 in lower case: `usr_01jd5m3k7q8x9v2w4y6z0a1b2c`.
/// The written form is unique: text that decodes but is written otherwise is refused.
public struct Identifier<Kind: IdentifierKind>: Hashable, Sendable {
    public let rawValue: UUID

    public init(rawValue: UUID) {
        self.rawValue = rawValue
    }

    /// A new identifier that sorts after those made in earlier milliseconds.
    public static func make(at time: Date) -> Self {
        Self(rawValue: UUID.version7(at: time))
    }

    /// Reads the written form; `nil` for anything that this type would not write.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let prefix = Array((Kind.prefix + "_").utf8)
        guard bytes.starts(with: prefix), let uuid = CrockfordBase32.decode(bytes.dropFirst(prefix.count)) else {
            return nil
        }
        self.init(rawValue: uuid)
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String { "\(Kind.prefix)_\(CrockfordBase32.encode(rawValue))" }
}

extension Identifier: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.byteArray.lexicographicallyPrecedes(right.rawValue.byteArray)
    }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let identifier = Self(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a \(Kind.prefix)_ identifier")
            )
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Tenants, `ten_…`.
public enum TenantKind: IdentifierKind { public static let prefix = "ten" }
/// People of a tenant, `usr_…`.
public enum UserKind: IdentifierKind { public static let prefix = "usr" }
/// Second factors of people, `fac_…`.
public enum FactorIDKind: IdentifierKind { public static let prefix = "fac" }
/// API keys, `key_…`.
public enum KeyKind: IdentifierKind { public static let prefix = "key" }

/// Names a tenant.
public typealias TenantID = Identifier<TenantKind>
/// Names a person within a tenant.
public typealias UserID = Identifier<UserKind>
/// Names a second factor within a tenant.
public typealias FactorID = Identifier<FactorIDKind>
/// Names an API key within a tenant, whatever its secret is at the moment.
public typealias KeyID = Identifier<KeyKind>

extension UUID {
    /// The sixteen bytes, most significant first.
    public var byteArray: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }

    /// The UUID of exactly sixteen bytes; `nil` for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var raw: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &raw) { $0.copyBytes(from: bytes) }
        self.init(uuid: raw)
    }

    /// A UUID of version 7: 48 bits of milliseconds since 1970, the rest random (RFC 9562, 5.7).
    static func version7(at time: Date) -> UUID {
        var generator = SystemRandomNumberGenerator()
        let milliseconds = UInt64(max(0, time.timeIntervalSince1970 * 1000)) & 0xFFFF_FFFF_FFFF
        let high = milliseconds << 16 | 0x7000 | generator.next() & 0x0FFF
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var raw: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &raw) {
            $0.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return UUID(uuid: raw)
    }
}

/// Crockford's base 32, lower case, for sixteen bytes: 26 characters, the first of them at most `7`.
enum CrockfordBase32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    static func encode(_ uuid: UUID) -> String {
        var value = uuid.byteArray.reduce(into: UInt128(0)) { $0 = $0 << 8 | UInt128($1) }
        var text = [UInt8](repeating: 0, count: 26)
        for index in text.indices.reversed() {
            text[index] = alphabet[Int(value & 31)]
            value >>= 5
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: ArraySlice<UInt8>) -> UUID? {
        guard text.count == 26, let first = text.first, first <= UInt8(ascii: "7") else { return nil }
        var value: UInt128 = 0
        for byte in text {
            guard let digit = alphabet.firstIndex(of: byte) else { return nil }
            value = value << 5 | UInt128(digit)
        }
        return UUID(bytes: (0..<16).map { UInt8(truncatingIfNeeded: value >> (120 - 8 * UInt128($0))) })
    }
}
