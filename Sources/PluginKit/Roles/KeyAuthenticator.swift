/// How the API keys of one tenant are written, and how one is recognised.
///
/// The kernel keeps the keys, what they allow and how they rotate: it stores a keyed hash of the whole text and looks
/// keys up by that. A provider decides on the form.
///
/// Every key has four parts, joined by `_`: a prefix, an environment, the ``KeyAddress``, and the secret with whatever
/// guards against typing errors. None but the last is secret; the address alone tells to which tenant a key belongs.
///
/// Rules for the implementer:
/// 1. ``makeKey(at:)`` draws at least 256 bits at random; nothing else of the key is taken for secret.
/// 2. ``read(_:)`` looks at the text alone and touches nothing; how long it takes depends on the text's length and on its
///    public parts only. It must know a key with one character wrong from a good one; it says nothing about whether
///    the key exists.
/// 3. Check text on its UTF-8 bytes; never trim or convert it.
/// 4. A key is at most ``KeyAddress/longestKeyBytes`` long and consists of characters that stand in an `Authorization`
///    header as they are (`b64token` of RFC 6750: letters, digits, `-._~+/=`). Longer text is `nil` unread.
public protocol KeyAuthenticator: Sendable {
    /// What the tenant demands of its keys.
    var policy: KeyPolicy { get }

    /// A regular expression, as scanners for leaked secrets take it, that finds this tenant's keys and hardly anything else.
    var pattern: String { get }

    /// A new key.
    ///
    /// - Throws: where no random bytes can be had.
    func makeKey(at address: KeyAddress) throws -> SecretText

    /// The address in `key`; `nil` for what this provider cannot have written.
    func read(_ key: SecretText) -> KeyAddress?
}

/// What a tenant demands of its API keys.
///
/// - `max_age` (duration, 90d): how long a secret is good at most.
/// - `overlap` (duration, 24h): for how long the old secret stays good when a key is rotated.
/// - `warn_before` (duration, 14d, or half of a `max_age` below 28d): how long before its end a secret is overdue to be
///   rotated.
/// - `rate_limit` (number, none): how many uses a minute all keys of the tenant have together.
public struct KeyPolicy: ProviderSettings, Equatable {
    public static let longestOverlap = Duration.seconds(30 * 86_400)

    public let maxAge: Duration
    public let overlap: Duration
    public let warnBefore: Duration
    public let rateLimit: Int?

    public init(reading section: SettingsReader) {
        maxAge = section.duration(
            "max_age", default: .seconds(90 * 86_400), in: .seconds(3600) ... .seconds(730 * 86_400),
            "how long a key's secret is good at most")
        overlap = section.duration(
            "overlap", default: .seconds(86_400), in: .zero...Self.longestOverlap,
            "for how long the old secret stays good when a key is rotated")
        warnBefore = section.duration(
            "warn_before", default: min(.seconds(14 * 86_400), maxAge / 2), in: .zero ... .seconds(365 * 86_400),
            "how long before its end a secret is overdue to be rotated")
        rateLimit = section.optionalInteger(
            "rate_limit", in: 1...100_000_000, "how many uses a minute all keys have together; no limit where left out")
        if warnBefore >= maxAge {
            section.reject(
                "warn_before",
                "must be shorter than max_age (\(DurationText.write(maxAge))), is \(DurationText.write(warnBefore))",
                fix: "write a shorter time")
        }
    }
}

/// The public part of an API key, by which it is told apart: the tag of its tenant, then its own.
public struct KeyAddress: Hashable, Sendable, CustomStringConvertible {
    /// Digits of the written form.
    public static let length = TenantTag.length + KeyTag.length
    /// Text beyond it is no key of any provider.
    public static let longestKeyBytes = 512

    public let tenant: TenantTag
    public let key: KeyTag

    public init(tenant: TenantTag, key: KeyTag) {
        self.tenant = tenant
        self.key = key
    }

    /// Reads the written form: the two tags without anything between.
    public init?(_ text: some StringProtocol) {
        let read = Array(text.utf8).withUnsafeBytes { Self(digits: $0) }
        guard let read else { return nil }
        self = read
    }

    /// Reads the written form where it lies, without a copy of it.
    public init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == Self.length,
            let tenant = TenantTag(digits.prefix(TenantTag.length)), let key = KeyTag(digits.suffix(KeyTag.length))
        else { return nil }
        self.init(tenant: tenant, key: key)
    }

    /// The address in the third of the four parts of a key; `nil` for text that is no key of any provider.
    ///
    /// Takes no memory, so that a key can be routed before anything else is known of it.
    public static func find(in key: SecretText) -> KeyAddress? {
        key.bytes.withExposedBytes { bytes in
            guard bytes.count <= longestKeyBytes,
                let prefixEnd = separator(in: bytes, from: 0),
                let environmentEnd = separator(in: bytes, from: prefixEnd + 1),
                let addressEnd = separator(in: bytes, from: environmentEnd + 1),
                separator(in: bytes, from: addressEnd + 1) == nil
            else { return nil }
            return KeyAddress(digits: UnsafeRawBufferPointer(rebasing: bytes[environmentEnd + 1..<addressEnd]))
        }
    }

    public var description: String { "\(tenant)\(key)" }

    private static func separator(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        bytes[start...].firstIndex(of: UInt8(ascii: "_"))
    }
}

/// Nine Base62 digits that stand for a tenant in its keys: the last 48 bits of its id, all of them random.
public struct TenantTag: Hashable, Sendable, CustomStringConvertible {
    static let length = 9

    public let number: UInt64

    public init(_ tenant: TenantID) {
        number = Base62.number(of: tenant.rawValue.byteArray.suffix(6))
    }

    init?(_ digits: some Collection<UInt8>) {
        guard let number = Base62.decode(digits), number < 1 << 48 else { return nil }
        self.number = number
    }

    public var description: String { Base62.encode(number, width: Self.length) }
}

/// Ten Base62 digits that stand for a key: the last 56 bits of its id, all of them random.
public struct KeyTag: Hashable, Sendable, CustomStringConvertible {
    static let length = 10

    public let number: UInt64

    public init(_ key: KeyID) {
        number = Base62.number(of: key.rawValue.byteArray.suffix(7))
    }

    init?(_ digits: some Collection<UInt8>) {
        guard let number = Base62.decode(digits), number < 1 << 56 else { return nil }
        self.number = number
    }

    public var description: String { Base62.encode(number, width: Self.length) }
}
