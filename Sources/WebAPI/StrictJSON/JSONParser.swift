/// Reads JSON strictly (RFC 8259): UTF-8 without a byte order mark, one document, nothing that readers could
/// understand in different ways.
///
/// Two parsers that differ on a document are a way past whichever of them checked it. So repeated names,
/// U+0000 and lone surrogates are faults here, though JSON's grammar has them.
package struct JSONParser {
    /// How many lists and objects may stand inside one another.
    package static let maximumDepth = 16

    let bytes: [UInt8]
    var position = 0
    private var path: [JSONPointer] = [JSONPointer()]
    private var faults: [FieldProblem] = []

    package static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONDocument {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONSyntaxError(reason: .notUTF8, offset: 0)
        }
        var parser = JSONParser(bytes: bytes)
        let root = try parser.value()
        parser.skipWhitespace()
        guard parser.position == bytes.count else { throw parser.unexpected() }
        return JSONDocument(root: root, faults: parser.faults)
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: Values

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"): return .object(try nested { parser throws(JSONSyntaxError) in try parser.members() })
        case UInt8(ascii: "["): return .list(try nested { parser throws(JSONSyntaxError) in try parser.items() })
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func nested<Value>(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> Value
    ) throws(JSONSyntaxError) -> Value {
        guard path.count <= Self.maximumDepth else { throw JSONSyntaxError(reason: .tooDeep, offset: position) }
        let here = path[path.count - 1]
        path.append(here)
        defer { path.removeLast() }
        position += 1
        return try body(&self)
    }

    private mutating func members() throws(JSONSyntaxError) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        // Names are compared as bytes: `String` holds different spellings of one character to be equal.
        var names: Set<[UInt8]> = []
        try sequence(end: UInt8(ascii: "}")) { parser throws(JSONSyntaxError) in
            guard parser.current == UInt8(ascii: "\"") else { throw parser.unexpected() }
            let name = try parser.text()
            parser.skipWhitespace()
            try parser.expect(UInt8(ascii: ":"))
            let outer = parser.enter { $0.appending(name) }
            let value = try parser.value()
            if names.insert(Array(name.utf8)).inserted {
                members.append(JSONValue.Member(name: name, value: value))
            } else {
                parser.fault("duplicate_field", "stands here more than once", fix: "send it once")
            }
            parser.leave(to: outer)
        }
        return members
    }

    private mutating func items() throws(JSONSyntaxError) -> [JSONValue] {
        var items: [JSONValue] = []
        try sequence(end: UInt8(ascii: "]")) { parser throws(JSONSyntaxError) in
            let outer = parser.enter { $0.appending(items.count) }
            items.append(try parser.value())
            parser.leave(to: outer)
        }
        return items
    }

    /// Elements with commas between them, up to and with the byte `end`.
    private mutating func sequence(
        end: UInt8, element: (inout JSONParser) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        skipWhitespace()
        if current == end { return position += 1 }
        while true {
            skipWhitespace()
            try element(&self)
            skipWhitespace()
            guard current == UInt8(ascii: ",") else { break }
            position += 1
        }
        try expect(end)
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for byte in word.description.utf8 { try expect(byte) }
        return value
    }

    // MARK: Bytes

    /// The byte to read next; `nil` at the end.
    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
        guard current == byte else { throw unexpected() }
        position += 1
    }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    func unexpected() -> JSONSyntaxError { JSONSyntaxError(reason: .unexpected, offset: position) }

    // MARK: Faults

    mutating func fault(_ code: String, _ message: String, fix: String) {
        faults.append(FieldProblem(pointer: path[path.count - 1].text, code: code, message: message, fix: fix))
    }

    private mutating func enter(_ step: (JSONPointer) -> JSONPointer) -> JSONPointer {
        let outer = path[path.count - 1]
        path[path.count - 1] = step(outer)
        return outer
    }

    private mutating func leave(to outer: JSONPointer) {
        path[path.count - 1] = outer
    }
}
