/// Checks the codes of one kind of second factor.
///
/// The kernel keeps which factors a person has, counts attempts, and decides when a factor is needed; a provider keeps
/// what a code is checked against.
///
/// Rules for the implementer:
/// 1. A code is accepted once. One statement uses it up, and whether that statement found its row is the decision; of
///    many uses at the same moment one succeeds, on whatever node.
/// 2. A code that was used already, one of another person and text that is no code are rejected alike.
/// 3. Check text on its UTF-8 bytes; never trim or convert it.
/// 4. Do not count attempts; the kernel reserved this one before it asked.
public protocol SecondFactor: Sendable {
    static var kind: FactorKind { get }
    /// What an accepted code proves, as tokens state it.
    static var method: AuthenticationMethod { get }

    /// Uses up `code`, if it belongs to one of the person's `factors` of this kind.
    ///
    /// - Returns: the factor that accepted it.
    func verify(_ code: SecretText, of user: UserID, among factors: [FactorID]) async throws -> Verdict<FactorID>
}

/// A second factor that a person sets up with something of his own, such as an authenticator app.
///
/// Setting it up takes two steps: ``prepare(_:of:)`` shows a secret, and the first code, checked by
/// ``SecondFactor/verify(_:of:among:)``, shows that the person has it. Only then does the factor count.
public protocol EnrollableFactor: SecondFactor {
    /// A new secret for a factor that the kernel is about to add.
    func prepare(_ factor: FactorID, of account: FactorAccount) async throws -> PreparedFactor
}

/// Codes to fall back on where the person has lost his second factor. They prove no second factor to begin with: nobody
/// has them who has no other.
public protocol BackupFactor: SecondFactor {
    /// A new set of codes; the kernel removes the set before it.
    func prepare(_ set: FactorID, of user: UserID) async throws -> PreparedCodes

    /// How many codes of a set are unused.
    func remaining(in set: FactorID) async throws -> Int
}

/// Whose factor is to be set up.
public struct FactorAccount: Sendable {
    public let user: UserID
    /// The login as the person writes it, for the label in his app.
    public let login: String
    /// The name of the tenant, for the label in his app.
    public let tenantName: String

    public init(user: UserID, login: String, tenantName: String) {
        self.user = user
        self.login = login
        self.tenantName = tenantName
    }
}

/// A factor that is ready to be added.
public struct PreparedFactor: Sendable {
    /// Shown to the person once.
    public let offer: FactorOffer
    /// What stores it; run by the kernel behind the statement that adds the factor.
    public let store: [BoundStatement]

    public init(offer: FactorOffer, store: [BoundStatement]) {
        self.offer = offer
        self.store = store
    }
}

/// What a person needs to set a factor up in his app, in three forms of the same secret.
public struct FactorOffer: Sendable {
    /// Base 32 without padding (RFC 4648).
    public let secret: SecretText
    /// `otpauth://…`, as authenticator apps take it.
    public let uri: SecretText
    /// The address as a QR code, an SVG document.
    public let picture: SecretText

    public init(secret: SecretText, uri: SecretText, picture: SecretText) {
        self.secret = secret
        self.uri = uri
        self.picture = picture
    }
}

/// A set of codes that is ready to be stored.
public struct PreparedCodes: Sendable {
    /// Shown to the person once.
    public let codes: [SecretText]
    /// What stores them; run by the kernel behind the statement that adds the set.
    public let store: [BoundStatement]

    public init(codes: [SecretText], store: [BoundStatement]) {
        self.codes = codes
        self.store = store
    }
}

/// A kind of second factor, as requests and answers call it: `totp`.
public struct FactorKind: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String

    public init(stringLiteral value: StaticString) {
        rawValue = value.description
    }

    /// Reads what the database keeps or a request says; any text, since a kind need not be known here.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public var description: String { rawValue }
}

/// A way of proving who one is, as tokens state it in `amr` (RFC 8176).
public enum AuthenticationMethod: String, Sendable, CaseIterable {
    case password = "pwd"
    case oneTimeCode = "otp"
    /// A code of a set that was written down. RFC 8176 has no name for it.
    case recoveryCode = "recovery_code"
    /// A device that proved a second factor before, where the tenant lets it be remembered. RFC 8176 has no name for it.
    case rememberedDevice = "remembered_device"

    /// What kind of thing was proved. Two methods of the same kind are one factor.
    public var factor: Category {
        switch self {
        case .password: .knowledge
        case .oneTimeCode, .recoveryCode, .rememberedDevice: .possession
        }
    }

    /// Something that one knows, or something that one has.
    public enum Category: Sendable, Hashable {
        case knowledge, possession
    }
}
