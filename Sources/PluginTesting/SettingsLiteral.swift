public import PluginKit

/// Settings written down in a test: `["minimum_length": 12, "argon2": ["iterations": 3]]`.
///
/// Every key stands on a line of its own, counted from one, the keys of a section right after the section's own.
public indirect enum SettingsLiteral: Sendable {
    case text(String)
    /// A number or a boolean, as a file writes it without quotes.
    case plain(String)
    case list([SettingsLiteral])
    case section([(key: String, value: SettingsLiteral)])
}

extension SettingsLiteral: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int) { self = .plain("\(value)") }
    public init(booleanLiteral value: Bool) { self = .plain("\(value)") }
}

extension SettingsLiteral: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: SettingsLiteral...) { self = .list(elements) }

    public init(dictionaryLiteral elements: (String, SettingsLiteral)...) {
        self = .section(elements.map { (key: $0.0, value: $0.1) })
    }
}

extension SettingsLiteral {
    /// The settings that this literal makes, and what is wrong with them.
    public func read<Settings: ProviderSettings>(
        as settings: Settings.Type
    ) -> (settings: Settings, problems: [SettingsProblem]) {
        let (value, reader) = SettingsReader.read(settings, from: node)
        return (value, reader.problems)
    }

    /// The literal as a document.
    public var node: SettingsNode {
        var line = 1
        return node(at: &line)
    }

    private func node(at line: inout Int) -> SettingsNode {
        let start = line
        switch self {
        case .text(let text): return SettingsNode(.scalar(text, plain: false), line: start)
        case .plain(let text): return SettingsNode(.scalar(text, plain: true), line: start)
        case .list(let items): return SettingsNode(.list(items.map { $0.node(at: &line) }), line: start)
        case .section(let entries):
            let nodes = entries.map { entry in
                let own = line
                line += 1
                var nested = entry.value.isSection ? line : own
                let value = entry.value.node(at: &nested)
                line = max(line, nested)
                return SettingsNode.Entry(key: entry.key, line: own, value: value)
            }
            return SettingsNode(.map(nodes), line: start)
        }
    }

    private var isSection: Bool {
        if case .section = self { true } else { false }
    }
}
