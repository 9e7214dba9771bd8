import Foundation

/// Writes one flat JSON object as ``ResponseEncoding`` would, for answers that are given very often: members in
/// alphabetical order, and none for what is `nil`.
struct FlatJSON {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// The whole object.
    static func write(_ members: (inout FlatJSON) -> Void) -> [UInt8] {
        var object = FlatJSON()
        object.bytes.reserveCapacity(512)
        members(&object)
        object.bytes.append(UInt8(ascii: "}"))
        return object.bytes
    }

    mutating func add(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        begin(name)
        append(text)
    }

    mutating func add(_ name: StaticString, _ truth: Bool) {
        begin(name)
        bytes += Array((truth ? "true" : "false").utf8)
    }

    mutating func add(_ name: StaticString, _ texts: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (place, text) in texts.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            append(text)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Names in the order of their code points.
    mutating func add(_ name: StaticString, _ texts: [String: String]) {
        begin(name)
        bytes.append(UInt8(ascii: "{"))
        for (place, member) in texts.sorted(by: { $0.key < $1.key }).enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            append(member.key)
            bytes.append(UInt8(ascii: ":"))
            append(member.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func append(_ text: String) {
        guard LogText.isPlain(text) else { return bytes.append(contentsOf: LogText.quoted(text).utf8) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }
}
