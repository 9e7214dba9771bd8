/// A piece of a JSON document as it was written.
package indirect enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    /// The number as written, in JSON's grammar: nothing is rounded on the way in.
    case number(String)
    case text(String)
    case list([JSONValue])
    /// Members in the order of the document; each name stands once.
    case object([Member])

    package struct Member: Sendable {
        package let name: String
        package let value: JSONValue
    }

    /// What to call the value in a message: its kind, never its content.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

/// A document that is JSON, with whatever is wrong inside its texts and objects.
package struct JSONDocument: Sendable {
    package let root: JSONValue
    /// Repeated names, U+0000 and lone surrogates, in the order of the document.
    package let faults: [FieldProblem]
}

/// The bytes are not a JSON document that this server reads.
package struct JSONSyntaxError: Error, Equatable {
    package enum Reason: Sendable {
        case notUTF8
        case unexpected
        case tooDeep
    }

    package let reason: Reason
    /// Where reading ended, in bytes from zero.
    package let offset: Int

    /// For the client: what is wrong and where, without repeating what stands there.
    package var detail: String {
        switch reason {
        case .notUTF8: "The body is not UTF-8."
        case .unexpected: "The body is not JSON at byte \(offset)."
        case .tooDeep: "The body nests more than \(JSONParser.maximumDepth) levels deep."
        }
    }
}

/// A place in a JSON document (RFC 6901).
struct JSONPointer: Sendable {
    /// Empty for the whole document.
    private(set) var text = ""

    /// A name as long as this still tells its sender which field is meant.
    private static let longestName = 64

    func appending(_ name: String) -> JSONPointer {
        let short = String(decoding: name.utf8.prefix(Self.longestName), as: UTF8.self)
        let escaped = short.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "~"): Array("~0".utf8)
            case UInt8(ascii: "/"): Array("~1".utf8)
            default: [byte]
            }
        }
        return JSONPointer(text: text + "/" + String(decoding: escaped, as: UTF8.self))
    }

    func appending(_ index: Int) -> JSONPointer { JSONPointer(text: "\(text)/\(index)") }
}
