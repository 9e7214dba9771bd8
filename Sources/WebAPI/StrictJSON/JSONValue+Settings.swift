import PluginKit

extension SettingsNode {
    /// A JSON value as settings have it: texts are quoted, so that none is taken for a number, a boolean or nothing.
    init(_ value: JSONValue) {
        let content: SettingsNode.Content =
            switch value {
            case .null: .null
            case .boolean(let truth): .scalar(truth ? "true" : "false", plain: true)
            case .number(let digits): .scalar(digits, plain: true)
            case .text(let text): .scalar(text, plain: false)
            case .list(let items): .list(items.map { SettingsNode($0) })
            case .object(let members):
                .map(members.map { Entry(key: $0.name, line: 1, value: SettingsNode($0.value)) })
            }
        self.init(content, line: 1)
    }

    /// Where the setting stands that a problem names by its keys with dots between; keys may hold dots themselves.
    func pointer(to key: String, below pointer: JSONPointer) -> JSONPointer {
        guard !key.isEmpty else { return pointer }
        if case .map(let entries) = content {
            let found = entries.filter { Self.begins(key, with: $0.key) }.max { $0.key.utf8.count < $1.key.utf8.count }
            if let found {
                let rest = String(decoding: key.utf8.dropFirst(found.key.utf8.count + 1), as: UTF8.self)
                return found.value.pointer(to: rest, below: pointer.appending(found.key))
            }
        }
        // What is missing is named all the same.
        return key.utf8.split(separator: UInt8(ascii: ".")).reduce(pointer) {
            $0.appending(String(decoding: $1, as: UTF8.self))
        }
    }

    private static func begins(_ path: String, with key: String) -> Bool {
        let rest = path.utf8.dropFirst(key.utf8.count)
        return path.utf8.starts(with: key.utf8) && (rest.isEmpty || rest.first == UInt8(ascii: "."))
    }
}

extension JSONValue {
    /// Settings as JSON has them: numbers and booleans where they are written as such, and else texts.
    init(_ node: SettingsNode) {
        switch node.content {
        case .null: self = .null
        case .scalar(let text, plain: false): self = .text(text)
        case .scalar(let text, plain: true): self = Self.plain(text)
        case .list(let items): self = .list(items.map { JSONValue($0) })
        case .map(let entries): self = .object(entries.map { Member(name: $0.key, value: JSONValue($0.value)) })
        }
    }

    private static func plain(_ text: String) -> JSONValue {
        switch text {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        default:
            // What JSON has no such number for stays the text that it is.
            guard case .number(let digits) = (try? JSONParser.parse(Array(text.utf8)))?.root else { return .text(text) }
            return .number(digits)
        }
    }
}
