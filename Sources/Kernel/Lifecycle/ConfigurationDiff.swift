package import PluginKit

/// What two configurations say differently, key by key.
///
/// The order of keys and the quoting of texts mean nothing, and a section that was left empty is one without keys. Lists
/// are compared as values. Everything is compared byte by byte, so that letters which only look alike are different.
package struct ConfigurationDiff: Sendable {
    /// In the order of their paths.
    package let changes: [SettingChange]

    package init(from before: SettingsNode, to after: SettingsNode) {
        changes = Self.changes(from: before, to: after, at: SettingPath())
            .sorted { $0.path < $1.path }
    }

    package var isEmpty: Bool { changes.isEmpty }

    /// What is in force and would be no more.
    package var removals: [SettingChange] { changes.filter { $0.kind == .removed } }

    private static func changes(
        from before: SettingsNode, to after: SettingsNode, at path: SettingPath
    ) -> [SettingChange] {
        guard let left = Section(before), let right = Section(after) else {
            return before.means(after) ? [] : [SettingChange(path: path, from: before, to: after)]
        }
        let kept = left.entries.flatMap { key, value in
            let inner = path.appending(key.name)
            guard let other = right.entries[key] else { return [SettingChange(path: inner, from: value, to: nil)] }
            return changes(from: value, to: other, at: inner)
        }
        let added = right.entries.filter { left.entries[$0.key] == nil }.map { key, value in
            SettingChange(path: path.appending(key.name), from: nil, to: value)
        }
        return kept + added
    }

    /// The keys of a section; where one stands twice, each time counts for itself.
    private struct Section {
        struct Key: Hashable {
            // As bytes: `String` holds different spellings of one character to be equal.
            let bytes: [UInt8]
            let occurrence: Int

            var name: String { String(decoding: bytes, as: UTF8.self) }
        }

        let entries: [Key: SettingsNode]

        /// `nil` for what is no section.
        init?(_ node: SettingsNode) {
            var entries: [Key: SettingsNode] = [:]
            var counts: [[UInt8]: Int] = [:]
            switch node.content {
            case .scalar, .list: return nil
            case .null: break
            case .map(let list):
                for entry in list {
                    let bytes = Array(entry.key.utf8)
                    entries[Key(bytes: bytes, occurrence: counts[bytes, default: 0])] = entry.value
                    counts[bytes, default: 0] += 1
                }
            }
            self.entries = entries
        }
    }
}

/// One setting that two configurations have differently.
package struct SettingChange: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case added, removed, changed
    }

    package let path: SettingPath
    /// As it was, written on one line; `nil` where it was not there.
    package let from: String?
    /// As it is to be, written on one line; `nil` where it is not to be there.
    package let to: String?

    /// A section that stands on one side only is one change.
    init(path: SettingPath, from before: SettingsNode?, to after: SettingsNode?) {
        self.path = path
        from = before?.written
        to = after?.written
    }

    package var kind: Kind { from == nil ? .added : to == nil ? .removed : .changed }
}

/// The keys from the top of a document to one of its settings.
package struct SettingPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let keys: [[UInt8]]

    init() { keys = [] }

    private init(_ keys: [[UInt8]]) { self.keys = keys }

    func appending(_ key: String) -> SettingPath { SettingPath(keys + [Array(key.utf8)]) }

    /// Whether the setting is the one of these keys, or stands below it.
    func isWithin(_ keys: String...) -> Bool { self.keys.starts(with: keys.map { Array($0.utf8) }) }

    package static func < (left: SettingPath, right: SettingPath) -> Bool {
        left.keys.lexicographicallyPrecedes(right.keys) { $0.lexicographicallyPrecedes($1) }
    }

    /// With dots between: `policy.sessions.access_token`. A key that could be taken for two is quoted.
    package var description: String {
        keys.map { key in
            let text = String(decoding: key, as: UTF8.self)
            return !key.isEmpty && key.allSatisfy(Self.isWordByte) ? text : WrittenSetting.quoted(text)
        }
        .joined(separator: ".")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
