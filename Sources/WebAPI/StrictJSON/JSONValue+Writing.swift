extension JSONValue {
    /// The value as JSON, members in their own order and numbers as they were written.
    var written: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += Array("null".utf8)
        case .boolean(let truth): bytes += Array((truth ? "true" : "false").utf8)
        case .number(let digits): bytes += Array(digits.utf8)
        case .text(let text): bytes += Array(LogText.quoted(text).utf8)
        case .list(let items):
            Self.append(items, between: "[", "]", to: &bytes) { $0.append(to: &$1) }
        case .object(let members):
            Self.append(members, between: "{", "}", to: &bytes) { member, bytes in
                bytes += Array((LogText.quoted(member.name) + ":").utf8)
                member.value.append(to: &bytes)
            }
        }
    }

    private static func append<Part>(
        _ parts: [Part], between opening: Unicode.Scalar, _ closing: Unicode.Scalar, to bytes: inout [UInt8],
        _ write: (Part, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: opening))
        for (place, part) in parts.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            write(part, &bytes)
        }
        bytes.append(UInt8(ascii: closing))
    }
}
