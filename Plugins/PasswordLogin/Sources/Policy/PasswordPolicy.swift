import PluginKit

/// The tenant's rules for new passwords; what needs the person's earlier passwords is decided elsewhere.
struct PasswordPolicy: Sendable {
    /// What the rules say of a password.
    enum Judgement: Sendable {
        case fit(NormalizedPassword)
        case weak([PasswordWeakness])

        var weaknesses: [PasswordWeakness] {
            if case .weak(let weaknesses) = self { weaknesses } else { [] }
        }
    }

    private let minimumLength: Int
    private let maximumInputBytes: Int?
    private let classes: Int
    private let commonPasswords: CommonPasswords?

    init(_ settings: PasswordSettings, commonPasswords: CommonPasswords) {
        minimumLength = settings.minimumLength
        maximumInputBytes = settings.maximumInputBytes
        classes = settings.classes
        self.commonPasswords = settings.refusesCommon ? commonPasswords : nil
    }

    /// Judges a password by every rule and gives all reasons at once. May read the dictionary from disk.
    func judge(_ typed: SecretText, for owner: PasswordOwner) -> Judgement {
        let password: NormalizedPassword
        do throws(PasswordTextProblem) {
            password = try NormalizedPassword(typed)
        } catch {
            return .weak([error == .tooLong ? .tooLong(bytes: NormalizedPassword.maximumSizeBytes) : .invalidText])
        }
        let weaknesses = password.text.withExposed { text in self.weaknesses(of: text, for: owner) }
        return weaknesses.isEmpty ? .fit(password) : .weak(weaknesses)
    }

    // MARK: Rules, on normalised text

    private func weaknesses(of text: String, for owner: PasswordOwner) -> [PasswordWeakness] {
        var found: [PasswordWeakness] = []
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            found.append(.invalidText)
        }
        if text.unicodeScalars.count < minimumLength { found.append(.tooShort(minimum: minimumLength)) }
        if let limit = maximumInputBytes, text.utf8.count > limit { found.append(.tooLong(bytes: limit)) }
        if Self.classCount(of: text) < classes { found.append(.tooFewClasses(minimum: classes)) }
        if Self.isLogin(text, of: owner) { found.append(.equalsLogin) }
        if commonPasswords?.contains(text) == true { found.append(.tooCommon) }
        return found
    }

    /// How many of these the text mixes: lower-case letters, upper-case letters, digits, anything else.
    private static func classCount(of text: String) -> Int {
        enum Class { case lower, upper, digit, other }
        let classes = text.unicodeScalars.map { scalar -> Class in
            if scalar.properties.isLowercase { return .lower }
            if scalar.properties.isUppercase { return .upper }
            return scalar.properties.generalCategory == .decimalNumber ? .digit : .other
        }
        return Set(classes).count
    }

    /// Whether the text is the login, or what stands before its `@`, in whatever case.
    private static func isLogin(_ text: String, of owner: PasswordOwner) -> Bool {
        guard let login = try? NormalizedPassword(SecretText(owner.login)) else { return false }
        let bytes = login.text.withExposed { lowercased($0) }
        let localPart = bytes.prefix { $0 != UInt8(ascii: "@") }
        let password = lowercased(text)
        return password == bytes || password == Array(localPart)
    }

    /// The bytes with the letters of ASCII in lower case. Bytes, because `String` compares by canonical equivalence.
    private static func lowercased(_ text: String) -> [UInt8] {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        return text.utf8.map { capitals.contains($0) ? $0 | 0x20 : $0 }
    }
}

extension PasswordWeakness {
    static let invalidText = PasswordWeakness(
        code: "invalid_text", message: "The password holds control characters or is no valid text.")
    static let equalsLogin = PasswordWeakness(
        code: "equals_login", message: "The password is the login; choose another.")
    static let tooCommon = PasswordWeakness(
        code: "too_common", message: "The password is among the first that attackers try; choose another.")

    static func tooShort(minimum: Int) -> PasswordWeakness {
        PasswordWeakness(code: "too_short", message: "The password must have at least \(minimum) characters.")
    }

    static func tooLong(bytes: Int) -> PasswordWeakness {
        PasswordWeakness(
            code: "too_long",
            message: "The password must have at most \(bytes) bytes; letters beyond a to z take more than one.")
    }

    static func tooFewClasses(minimum: Int) -> PasswordWeakness {
        PasswordWeakness(
            code: "too_few_classes",
            message: "The password must mix \(minimum) of: lower case, upper case, digits, other characters.")
    }

    static func reused(_ history: Int) -> PasswordWeakness {
        PasswordWeakness(code: "reused", message: "The password is one of the last \(history); choose a new one.")
    }
}
