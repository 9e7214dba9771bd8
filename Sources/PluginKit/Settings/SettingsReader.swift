/// The typed form of a section of a tenant file.
///
/// Reading touches nothing outside the document, so `gatehouse check` runs without a database, a network or a
/// secret. One declaration per key serves three ends: the value, the JSON Schema, and the unknown-key check.
///
/// ```swift
/// public struct GreetingSettings: ProviderSettings {
///     public let words: Int
///     public init(reading section: SettingsReader) {
///         words = section.integer("words", default: 3, in: 1...9, "how many words to say")
///     }
/// }
/// ```
public protocol ProviderSettings: Sendable {
    init(reading section: SettingsReader)
}

/// Reads one section, key by key, and collects everything that is wrong with it.
///
/// Each method declares a key and returns its value; where the value is missing or wrong it records a problem
/// and returns a stand-in, so that one reading finds all problems. Whoever reads throws the result away when
/// ``problems`` is not empty. A key that was never declared is reported by ``finish()``.
public final class SettingsReader {
    /// Keys from the top of the document to this section, with dots between.
    public let path: String
    /// The line of the section.
    public let line: Int
    public private(set) var problems: [SettingsProblem] = []
    /// What was declared so far, in order.
    public private(set) var fields: [SettingsField] = []
    /// Every secret reference that was read, with the place where it stands.
    public private(set) var secrets: [FoundSecret] = []

    private var entries: [String: SettingsNode.Entry] = [:]
    /// True where nothing is read and declarations alone are of interest.
    private let isDescribing: Bool

    /// A secret reference and the place in the document where it stands.
    public struct FoundSecret: Sendable {
        public let reference: SecretReference
        public let key: String
        public let line: Int
        /// Whether all is well where nothing is there.
        public let mayBeAbsent: Bool
    }

    public init(_ node: SettingsNode, path: String = "") {
        self.path = path
        line = node.line
        isDescribing = false
        switch node.content {
        case .map(let list): take(list)
        case .null: break
        default: problems.append(problem(nil, "must be a section of keys and values", fix: "write `key: value` lines"))
        }
    }

    private init(describing path: String) {
        self.path = path
        line = 0
        isDescribing = true
    }

    /// What `settings` declares, without a document.
    public static func describe<Settings: ProviderSettings>(_ settings: Settings.Type) -> [SettingsField] {
        let reader = SettingsReader(describing: "")
        _ = Settings(reading: reader)
        return reader.fields
    }

    /// Reads a whole section: the settings, and all problems, unknown keys included, in the order of their lines.
    public static func read<Settings: ProviderSettings>(
        _ settings: Settings.Type, from node: SettingsNode, path: String = ""
    ) -> (settings: Settings, reader: SettingsReader) {
        let reader = SettingsReader(node, path: path)
        let value = Settings(reading: reader)
        reader.finish()
        return (value, reader)
    }

    /// Reports the keys that nothing declared.
    public func finish() {
        let known = fields.map(\.key)
        for entry in entries.values where !known.contains(entry.key) {
            problems.append(
                problem(entry, "is not a key here", fix: Self.remedy(forUnknown: entry.key, known: known)))
        }
        problems.sort { ($0.line, $0.key) < ($1.line, $1.key) }
    }

    // MARK: Values

    public func boolean(_ key: String, default fallback: Bool, _ meaning: String) -> Bool {
        value(key, .boolean, fallback: fallback, written: "\(fallback)", meaning) { entry in
            switch plainText(entry) {
            case "true": true
            case "false": false
            default: refuse(entry, "must be true or false, is \(shown(entry))", fix: "write true or false")
            }
        }
    }

    public func integer(
        _ key: String, default fallback: Int, in range: ClosedRange<Int>, _ meaning: String
    ) -> Int {
        value(key, .integer(range), fallback: fallback, written: "\(fallback)", meaning) { entry in
            number(entry, in: range, such: fallback)
        }
    }

    public func optionalInteger(_ key: String, in range: ClosedRange<Int>, _ meaning: String) -> Int? {
        value(key, .integer(range), fallback: nil, written: nil, meaning) { entry in
            number(entry, in: range, such: range.lowerBound).map { $0 }
        }
    }

    /// A duration in one unit: `15m`, `24h`, `90d`, `0s`.
    public func duration(
        _ key: String, default fallback: Duration, in range: ClosedRange<Duration>, _ meaning: String
    ) -> Duration {
        let shape = SettingsField.Shape.duration(minimum: range.lowerBound, maximum: range.upperBound)
        return value(key, shape, fallback: fallback, written: DurationText.write(fallback), meaning) { entry in
            guard let duration = scalarText(entry).flatMap(DurationText.read) else {
                return refuse(
                    entry, "must be a duration, is \(shown(entry))",
                    fix: "write a number and a unit (s, m, h, d), such as \(DurationText.write(fallback))")
            }
            return within(range, duration, entry, written: DurationText.write)
        }
    }

    public func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String, default fallback: Value, _ meaning: String
    ) -> Value {
        let names = Value.allCases.map(\.rawValue)
        return value(key, .choice(names), fallback: fallback, written: fallback.rawValue, meaning) { entry in
            if let text = scalarText(entry), let found = Value(rawValue: text) { return found }
            return refuse(
                entry, "must be one of \(names.joined(separator: ", ")), is \(shown(entry))",
                fix: "write one of these words")
        }
    }

    public func text(_ key: String, default fallback: String, _ meaning: String, check: TextCheck? = nil) -> String {
        value(key, .text(pattern: check?.pattern), fallback: fallback, written: fallback, meaning) { entry in
            checkedText(entry, check)
        }
    }

    public func optionalText(_ key: String, _ meaning: String, check: TextCheck? = nil) -> String? {
        value(key, .text(pattern: check?.pattern), fallback: nil, written: nil, meaning) { entry in
            checkedText(entry, check).map { $0 }
        }
    }

    public func requiredText(_ key: String, _ meaning: String, check: TextCheck? = nil) -> String {
        declare(key, .text(pattern: check?.pattern), isRequired: true, written: nil, meaning)
        guard let entry = entries[key] else {
            if !isDescribing {
                problems.append(
                    SettingsProblem(
                        line: line, key: pathTo(key), message: "is missing", fix: "add `\(key): …` (\(meaning))"))
            }
            return ""
        }
        return checkedText(entry, check) ?? ""
    }

    public func texts(_ key: String, default fallback: [String], _ meaning: String, check: TextCheck? = nil) -> [String]
    {
        let shape = SettingsField.Shape.list(of: .text(pattern: check?.pattern))
        let written = "[\(fallback.joined(separator: ", "))]"
        return value(key, shape, fallback: fallback, written: written, meaning) { entry in
            guard case .list(let items) = entry.value.content else {
                return refuse(entry, "must be a list, is \(shown(entry))", fix: "write `\(key): [a, b]`")
            }
            return items.compactMap {
                checkedText(SettingsNode.Entry(key: entry.key, line: $0.line, value: $0), check)
            }
        }
    }

    /// A reference to a secret, `env:NAME` or `file:name`; a literal secret is refused and not repeated.
    ///
    /// - Parameter mayBeAbsent: whether all is well where nothing is there.
    public func secret(_ key: String, mayBeAbsent: Bool = false, _ meaning: String) -> SecretReference? {
        value(key, .secret, fallback: nil, written: nil, meaning) { entry in
            guard let reference = scalarText(entry).flatMap(SecretReference.init) else {
                return refuse(
                    entry, "must be a reference to a secret, not a secret",
                    fix: "keep the secret outside this file and write env:NAME or file:NAME")
            }
            secrets.append(
                FoundSecret(reference: reference, key: pathTo(key), line: entry.line, mayBeAbsent: mayBeAbsent))
            return reference
        }
    }

    /// A section that is always there; where the document leaves it out, it has its defaults.
    public func section<Section: ProviderSettings>(_ key: String, _ type: Section.Type, _ meaning: String) -> Section {
        declare(key, .section(Self.describe(type)), isRequired: false, written: nil, meaning)
        return nested(key, type, entries[key]?.value ?? SettingsNode(.null, line: line))
    }

    /// A section whose absence means "not at all".
    public func optionalSection<Section: ProviderSettings>(
        _ key: String, _ type: Section.Type, _ meaning: String
    ) -> Section? {
        declare(key, .section(Self.describe(type)), isRequired: false, written: nil, meaning)
        return entries[key].map { nested(key, type, $0.value) }
    }

    /// The raw node at `key`, for sections whose type is known to somebody else, such as a plugin.
    public func node(_ key: String, shape: SettingsField.Shape, _ meaning: String) -> SettingsNode? {
        declare(key, shape, isRequired: false, written: nil, meaning)
        return entries[key]?.value
    }

    /// Takes in what another reader of a part of the same document found.
    public func absorb(_ other: SettingsReader) {
        problems += other.problems
        secrets += other.secrets
    }

    /// The keys from the top of the document to `key`, with dots between; for what is found wrong with it later.
    public func place(of key: String) -> String { pathTo(key) }

    /// Whether the document has this key; for defaults that depend on more than the section.
    public func isWritten(_ key: String) -> Bool { entries[key] != nil }

    /// The lines of the values of a list, in their order; for rules that compare documents with each other.
    public func lines(ofList key: String) -> [Int] {
        guard case .list(let items)? = entries[key]?.value.content else { return [] }
        return items.map(\.line)
    }

    /// Records a problem of a key that was read; for rules between several keys.
    public func reject(_ key: String, _ message: String, fix: String) {
        let line = entries[key]?.line ?? line
        problems.append(SettingsProblem(line: line, key: pathTo(key), message: message, fix: fix))
    }

    // MARK: Parts

    private func take(_ list: [SettingsNode.Entry]) {
        for entry in list {
            if let first = entries[entry.key] {
                problems.append(
                    problem(entry, "stands here a second time, first on line \(first.line)", fix: "keep one of them"))
            } else {
                entries[entry.key] = entry
            }
        }
    }

    private func declare(
        _ key: String, _ shape: SettingsField.Shape, isRequired: Bool, written: String?, _ meaning: String
    ) {
        precondition(!fields.contains { $0.key == key }, "the key '\(pathTo(key))' is declared twice")
        fields.append(
            SettingsField(key: key, shape: shape, isRequired: isRequired, defaultText: written, meaning: meaning))
    }

    private func value<Value>(
        _ key: String, _ shape: SettingsField.Shape, fallback: Value, written: String?, _ meaning: String,
        read: (SettingsNode.Entry) -> Value?
    ) -> Value {
        declare(key, shape, isRequired: false, written: written, meaning)
        guard let entry = entries[key] else { return fallback }
        return read(entry) ?? fallback
    }

    private func nested<Section: ProviderSettings>(
        _ key: String, _ type: Section.Type, _ node: SettingsNode
    ) -> Section {
        if isDescribing { return Section(reading: SettingsReader(describing: pathTo(key))) }
        let (section, reader) = Self.read(type, from: node, path: pathTo(key))
        absorb(reader)
        return section
    }

    private func number(_ entry: SettingsNode.Entry, in range: ClosedRange<Int>, such example: Int) -> Int? {
        guard let number = plainText(entry).flatMap({ Int($0) }) else {
            return refuse(
                entry, "must be a whole number, is \(shown(entry))", fix: "write a number, such as \(example)")
        }
        return within(range, number, entry, written: String.init)
    }

    private func within<Value: Comparable>(
        _ range: ClosedRange<Value>, _ value: Value, _ entry: SettingsNode.Entry, written: (Value) -> String
    ) -> Value? {
        if value < range.lowerBound {
            let least = written(range.lowerBound)
            return refuse(entry, "must be at least \(least), is \(written(value))", fix: "write \(least) or more")
        }
        if value > range.upperBound {
            let most = written(range.upperBound)
            return refuse(entry, "must be at most \(most), is \(written(value))", fix: "write \(most) or less")
        }
        return value
    }

    private func checkedText(_ entry: SettingsNode.Entry, _ check: TextCheck?) -> String? {
        guard let text = scalarText(entry) else {
            return refuse(entry, "must be text, is \(shown(entry))", fix: "write one line of text")
        }
        guard !text.utf8.contains(0) else { return refuse(entry, "holds U+0000", fix: "remove the character") }
        if let check, let message = check.problem(text) { return refuse(entry, message, fix: check.fix) }
        return text
    }

    private func refuse<Value>(_ entry: SettingsNode.Entry, _ message: String, fix: String) -> Value? {
        problems.append(problem(entry, message, fix: fix))
        return nil
    }

    private func problem(_ entry: SettingsNode.Entry?, _ message: String, fix: String) -> SettingsProblem {
        SettingsProblem(
            line: entry?.line ?? line, key: entry.map { pathTo($0.key) } ?? path, message: message, fix: fix)
    }

    private func pathTo(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func scalarText(_ entry: SettingsNode.Entry) -> String? {
        if case .scalar(let text, _) = entry.value.content { text } else { nil }
    }

    private func plainText(_ entry: SettingsNode.Entry) -> String? {
        if case .scalar(let text, plain: true) = entry.value.content { text } else { nil }
    }

    /// How a wrong value is repeated in a message: short, and never a whole section.
    private func shown(_ entry: SettingsNode.Entry) -> String {
        switch entry.value.content {
        case .null: "empty"
        case .scalar(let text, let plain): plain ? String(text.prefix(40)) : "\"\(text.prefix(40))\""
        case .list: "a list"
        case .map: "a section"
        }
    }

    private static func remedy(forUnknown key: String, known: [String]) -> String {
        let near = known.min { EditDistance.between(key, $0) < EditDistance.between(key, $1) }
        if let near, EditDistance.between(key, near) <= 2 { return "did you mean `\(near)`?" }
        return known.isEmpty ? "remove it" : "remove it, or use one of: \(known.sorted().joined(separator: ", "))"
    }
}

/// A rule for a setting's text: what to say where it is broken, and a pattern for editors where one fits.
public struct TextCheck: Sendable {
    /// An ECMA 262 regular expression that good values match; for the JSON Schema only.
    public let pattern: String?
    public let fix: String
    /// What is wrong with the text, or `nil`.
    public let problem: @Sendable (String) -> String?

    public init(pattern: String? = nil, fix: String, problem: @escaping @Sendable (String) -> String?) {
        self.pattern = pattern
        self.fix = fix
        self.problem = problem
    }
}
