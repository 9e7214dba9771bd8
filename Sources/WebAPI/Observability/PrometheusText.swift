/// Writes the text exposition format 0.0.4.
struct PrometheusText {
    private(set) var content = ""

    mutating func begin(_ name: String, type: PrometheusType) {
        content += "# TYPE \(name) \(type.rawValue)\n"
    }

    mutating func line(_ name: String, _ labels: PrometheusLabels, _ value: Double) {
        content += "\(name)\(labels) \(Self.number(value))\n"
    }

    /// A number as Prometheus reads it: whole numbers without a point, `+Inf`, `-Inf`, `NaN`.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    /// `label` with an underscore for each byte that a metric's or a label's name may not have.
    static func name(_ label: String) -> String {
        var bytes = label.utf8.map { byte in
            URLPath.isWordByte(byte) && byte != UInt8(ascii: "-") ? byte : UInt8(ascii: "_")
        }
        if bytes.first.map((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The labels of one series, as they are written.
struct PrometheusLabels: Hashable, Comparable, CustomStringConvertible {
    /// What stands between the braces.
    private let text: String

    /// The series that takes what a metric has no room for.
    static let overflow = PrometheusLabels([("overflow", "true")])

    init(_ dimensions: [(String, String)]) {
        text = dimensions.map { "\(PrometheusText.name($0))=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    }

    private init(text: String) {
        self.text = text
    }

    func adding(_ name: String, _ value: String) -> PrometheusLabels {
        let pair = "\(name)=\"\(Self.escaped(value))\""
        return PrometheusLabels(text: text.isEmpty ? pair : "\(text),\(pair)")
    }

    var description: String { text.isEmpty ? "" : "{\(text)}" }

    static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func escaped(_ value: String) -> String {
        let bytes = value.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\\"): Array("\\\\".utf8)
            case UInt8(ascii: "\""): Array("\\\"".utf8)
            case UInt8(ascii: "\n"): Array("\\n".utf8)
            default: [byte]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
