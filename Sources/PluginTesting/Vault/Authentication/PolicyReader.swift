/// Reads as much of HCL as policies are written in.
struct PolicyReader {
    private enum Sign: Equatable {
        case word(String)
        case text(String)
        case mark(Unicode.Scalar)
    }

    private var signs: ArraySlice<Sign> = []

    init(_ text: String) throws(VaultRefusal) {
        signs = try Self.signs(of: Array(text.unicodeScalars))[...]
    }

    func rules() throws(VaultRefusal) -> [PolicyDocument.Rule] {
        var reader = self
        var rules: [PolicyDocument.Rule] = []
        while let sign = reader.signs.popFirst() {
            guard sign == .word("path") || sign == .text("path"), case .text(let path)? = reader.signs.popFirst(),
                reader.signs.popFirst() == .mark("{")
            else { throw Self.failure("expected path \"…\" { … }") }
            rules.append(.init(pattern: PolicyPattern(text: path), capabilities: try reader.capabilities()))
        }
        return rules
    }

    /// What stands in the braces that are open; other settings than capabilities are passed over.
    private mutating func capabilities() throws(VaultRefusal) -> Set<String> {
        var found: Set<String> = []
        var depth = 1
        while let sign = signs.popFirst() {
            switch sign {
            case .mark("{"): depth += 1
            case .mark("}"):
                depth -= 1
                if depth == 0 { return found }
            case .word("capabilities") where depth == 1, .text("capabilities") where depth == 1:
                found.formUnion(try list())
            default: break
            }
        }
        throw Self.failure("a brace is not closed")
    }

    private mutating func list() throws(VaultRefusal) -> [String] {
        guard signs.popFirst() == .mark("="), signs.popFirst() == .mark("[") else {
            throw Self.failure("expected a list of capabilities")
        }
        var items: [String] = []
        while let sign = signs.popFirst(), sign != .mark("]") {
            if case .text(let item) = sign { items.append(item) }
        }
        return items
    }

    private static func signs(of scalars: [Unicode.Scalar]) throws(VaultRefusal) -> [Sign] {
        var signs: [Sign] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "#" || (scalar == "/" && index + 1 < scalars.count && scalars[index + 1] == "/") {
                index = scalars[index...].firstIndex(of: "\n") ?? scalars.count
            } else if scalar == "\"" {
                guard let end = scalars[(index + 1)...].firstIndex(of: "\"") else {
                    throw failure("a quote is not closed")
                }
                signs.append(.text(text(scalars[(index + 1)..<end])))
                index = end + 1
            } else if scalar.properties.isAlphabetic || scalar == "_" {
                let end = scalars[index...].firstIndex { !$0.properties.isAlphabetic && $0 != "_" } ?? scalars.count
                signs.append(.word(text(scalars[index..<end])))
                index = end
            } else {
                if !scalar.properties.isWhitespace { signs.append(.mark(scalar)) }
                index += 1
            }
        }
        return signs
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        scalars.reduce(into: "") { $0.unicodeScalars.append($1) }
    }

    private static func failure(_ reason: String) -> VaultRefusal {
        .invalid("failed to parse policy: \(reason)")
    }
}
