/// A piece of a settings document as it was written, with the line it stands on.
///
/// Whoever parses a format (YAML, JSON) makes these; ``SettingsReader`` gives them types.
public struct SettingsNode: Sendable {
    /// What was written: nothing, one value, or several.
    public indirect enum Content: Sendable {
        case null
        /// `plain` is false for quoted text, which is never a number, a boolean or nothing.
        case scalar(String, plain: Bool)
        case list([SettingsNode])
        case map([Entry])
    }

    /// One key of a map, as it was written; the same key may occur twice.
    public struct Entry: Sendable {
        public let key: String
        public let line: Int
        public let value: SettingsNode

        public init(key: String, line: Int, value: SettingsNode) {
            self.key = key
            self.line = line
            self.value = value
        }
    }

    public let content: Content
    /// Counted from one.
    public let line: Int

    public init(_ content: Content, line: Int) {
        self.content = content
        self.line = line
    }
}

/// One thing wrong with a settings document, in words an operator can act on.
public struct SettingsProblem: Sendable, Equatable, CustomStringConvertible {
    /// The line, counted from one.
    public let line: Int
    /// The keys from the top of the document, with dots between: `sign_in.password.minimum_length`.
    public let key: String
    /// What is wrong: `must be at least 8, is 6`. Never holds the value of a secret.
    public let message: String
    /// How to mend it.
    public let fix: String

    public init(line: Int, key: String, message: String, fix: String) {
        self.line = line
        self.key = key
        self.message = message
        self.fix = fix
    }

    public var description: String { "\(line): \(key.isEmpty ? "" : key + ": ")\(message); \(fix)" }
}

/// What a settings type declares about one of its keys; made by reading, so it cannot differ from it.
public struct SettingsField: Sendable {
    /// Which values a key takes.
    public indirect enum Shape: Sendable {
        case boolean
        case integer(ClosedRange<Int>)
        case duration(minimum: Duration, maximum: Duration)
        case text(pattern: String?)
        case choice([String])
        case secret
        case list(of: Shape)
        case section([SettingsField])
    }

    public let key: String
    public let shape: Shape
    public let isRequired: Bool
    /// The default as it would be written in a file; `nil` where leaving the key out means "nothing".
    public let defaultText: String?
    /// What the setting means, in one sentence.
    public let meaning: String
}
