/// A channel of PostgreSQL's LISTEN and NOTIFY.
///
/// LISTEN takes no parameters, so the name becomes part of SQL text. It is therefore written down in the program, or made
/// here: at most 63 lower-case letters, digits and underscores, not beginning with a digit.
package struct NotificationChannel: Sendable, Hashable, ExpressibleByStringLiteral {
    package let name: String

    package init(stringLiteral name: StaticString) {
        self.init(checked: name.description)
    }

    /// A channel that nobody else uses or can guess.
    static func random() -> NotificationChannel {
        let digits = (0..<2).map { _ in String(UInt64.random(in: 0 ... .max), radix: 16) }
        return NotificationChannel(checked: "gatehouse_node_\(digits.joined())")
    }

    private init(checked name: String) {
        precondition(Self.isPlain(name), "a channel is named with lower-case letters, digits and underscores")
        self.name = name
    }

    /// Whether the name means the same in SQL text, quoted or not, and as a value.
    static func isPlain(_ name: String) -> Bool {
        let isMade = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
        let beginsWithDigit = name.utf8.first.map { $0 <= UInt8(ascii: "9") } ?? true
        return isMade && !beginsWithDigit && name.utf8.count <= 63
    }
}
