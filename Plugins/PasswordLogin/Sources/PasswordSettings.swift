package import PluginKit

/// Settings of the `password` provider.
///
/// - `hash` (`argon2id` or `bcrypt`, default `argon2id`): how new passwords are hashed.
/// - `minimum_length` (8…128, default 12): the shortest password, in code points.
/// - `history` (0…24, default 5): how many of a person's last passwords, the current one included, may not be
///   chosen again.
/// - `classes` (0…4, default 0): how many of lower case, upper case, digits and other characters a password must mix.
/// - `refuse_common` (boolean, default true): whether common passwords are refused.
/// - `argon2` (section): the cost of argon2id, see ``Argon2Settings``.
/// - `bcrypt` (section): the cost of bcrypt, see ``BcryptSettings``.
/// - `pepper` (section, none by default): a secret that goes into every hash, see ``PepperSettings``.
package struct PasswordSettings: ProviderSettings {
    let method: HashMethod
    let minimumLength: Int
    let history: Int
    let classes: Int
    let refusesCommon: Bool
    let pepper: PepperSettings?

    package init(reading section: SettingsReader) {
        let hash = section.choice("hash", default: HashChoice.argon2id, "how new passwords are hashed")
        minimumLength = section.integer(
            "minimum_length", default: 12, in: 8...128, "the shortest password, in code points")
        history = section.integer(
            "history", default: 5, in: 0...24,
            "how many of a person's last passwords, the current one included, may not be chosen again")
        classes = section.integer(
            "classes", default: 0, in: 0...4,
            "how many of lower case, upper case, digits and other characters a password must mix")
        refusesCommon = section.boolean("refuse_common", default: true, "whether common passwords are refused")
        let argon2 = section.section("argon2", Argon2Settings.self, "the cost of argon2id")
        let bcrypt = section.section("bcrypt", BcryptSettings.self, "the cost of bcrypt")
        pepper = section.optionalSection("pepper", PepperSettings.self, "a secret that goes into every hash")
        method = hash == .bcrypt ? .bcrypt(cost: bcrypt.cost) : .argon2id(argon2.parameters)
        if hash == .bcrypt, pepper == nil, minimumLength > Bcrypt.maximumInputBytes {
            section.reject(
                "minimum_length", "must be at most \(Bcrypt.maximumInputBytes) with bcrypt, is \(minimumLength)",
                fix: "lower it, configure a pepper, or use argon2id")
        }
    }

    /// The most bytes of a normalised password that can be hashed whole; `nil` where there is no such limit.
    var maximumInputBytes: Int? { pepper == nil ? method.maximumInputBytes : nil }
}

enum HashChoice: String, CaseIterable {
    case argon2id
    case bcrypt
}

/// The cost of argon2id (RFC 9106).
///
/// - `memory_kib` (19456…1048576, default 19456): the memory that one hash takes, in KiB.
/// - `iterations` (2…10, default 2): the passes over that memory.
/// - `parallelism` (1…4, default 1): the threads that compute one hash.
struct Argon2Settings: ProviderSettings {
    let parameters: Argon2id.Parameters

    init(reading section: SettingsReader) {
        parameters = Argon2id.Parameters(
            memoryKiB: section.integer(
                "memory_kib", default: 19_456, in: 19_456...1_048_576, "the memory that one hash takes, in KiB"),
            iterations: section.integer("iterations", default: 2, in: 2...10, "the passes over that memory"),
            parallelism: section.integer("parallelism", default: 1, in: 1...4, "the threads that compute one hash"))
    }
}

/// The cost of bcrypt.
///
/// - `cost` (10…15, default 12): the binary logarithm of the number of rounds.
struct BcryptSettings: ProviderSettings {
    let cost: Int

    init(reading section: SettingsReader) {
        cost = section.integer("cost", default: 12, in: 10...15, "the binary logarithm of the number of rounds")
    }
}

/// A pepper, and the one before it while hashes still carry it.
///
/// To exchange a pepper while everybody is served, put its value where `previous` leads, and then the new value in its
/// place. Hashes know which value went into them; each changes over when its person signs in.
///
/// - `id` (text, none by default): a label for people who look at stored hashes.
/// - `secret` (reference, required): where the pepper is kept.
/// - `previous` (section, none by default): the pepper before it, with `id` and `secret`; nothing has to be there.
struct PepperSettings: ProviderSettings {
    let current: PepperKeySettings
    let previous: PepperKeySettings?

    init(reading section: SettingsReader) {
        current = PepperKeySettings(reading: section)
        previous =
            section.optionalSection(
                "previous", PreviousPepperSettings.self, "the pepper before it, while hashes still carry it")?.key
        if let id = previous?.id, id == current.id {
            section.reject("previous", "has the id of the pepper after it", fix: "give every pepper an id of its own")
        }
    }
}

/// One pepper: `secret`, and an `id` if one likes.
struct PepperKeySettings: ProviderSettings {
    let id: String?
    let secret: SecretReference

    init(reading section: SettingsReader) {
        self.init(reading: section, mayBeAbsent: false)
    }

    fileprivate init(reading section: SettingsReader, mayBeAbsent: Bool) {
        id = section.optionalText("id", "a label for people who look at stored hashes", check: Self.idCheck)
        let before = section.problems.count
        let reference = section.secret("secret", mayBeAbsent: mayBeAbsent, "where the pepper is kept")
        if reference == nil, section.problems.count == before {
            section.reject("secret", "is missing", fix: "add `secret: env:NAME` or `secret: file:NAME`")
        }
        // The stand-in is never used: a section with problems is thrown away.
        secret = reference ?? SecretReference(backend: "", name: "")
    }

    private static var idCheck: TextCheck {
        TextCheck(pattern: "^[A-Za-z0-9_-]{1,32}$", fix: "write a short name, such as p1") { text in
            let isShort = (1...32).contains(text.utf8.count)
            return isShort && text.utf8.allSatisfy(isIDByte)
                ? nil : "must be 1 to 32 letters, digits, hyphens and underscores"
        }
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// The pepper before the present one: as any other, and nothing has to be there.
private struct PreviousPepperSettings: ProviderSettings {
    let key: PepperKeySettings

    init(reading section: SettingsReader) {
        key = PepperKeySettings(reading: section, mayBeAbsent: true)
    }
}
