import Yams

/// The members that a JSON document may and must have, as far down as a schema names them.
indirect enum Shape: Sendable {
    case anything
    case object(members: [String: Shape], required: Set<String>)
    case list(of: Shape)
    case oneOf([Shape])

    init(_ schema: Node, _ root: Node) {
        let schema = Self.resolved(schema, root)
        if let choices = schema["oneOf"]?.sequence {
            self = .oneOf(choices.map { Shape($0, root) })
        } else if let parts = schema["allOf"]?.sequence {
            self = parts.map { Shape($0, root) }.reduce(.anything) { $0.joined(with: $1) }
        } else if let items = schema["items"] {
            self = .list(of: Shape(items, root))
        } else if let properties = schema["properties"]?.mapping {
            let members = properties.map { ($0.key.string ?? "", Shape($0.value, root)) }
            let required = Set(schema["required"]?.sequence?.compactMap(\.string) ?? [])
            self = .object(members: Dictionary(uniqueKeysWithValues: members), required: required)
        } else {
            self = .anything
        }
    }

    /// What `json` has too much or too little of; `nil` where it fits.
    func problem(with json: JSON) -> String? {
        switch self {
        case .anything: return nil
        case .oneOf(let choices):
            let problems = choices.map { $0.problem(with: json) }
            return problems.contains(nil) ? nil : problems.first ?? nil
        case .list(let item): return json.list.lazy.compactMap(item.problem).first
        case .object(let members, let required):
            let missing = required.subtracting(json.names)
            let unknown = json.names.subtracting(members.keys)
            guard missing.isEmpty, unknown.isEmpty else { return "lacks \(missing), has \(unknown)" }
            return json.names.lazy.compactMap { members[$0]?.problem(with: json[$0]) }.first
        }
    }

    /// What has the members of both.
    private func joined(with other: Shape) -> Shape {
        guard case .object(let members, let required) = self,
            case .object(let otherMembers, let otherRequired) = other
        else { return other }
        return .object(
            members: members.merging(otherMembers) { _, last in last }, required: required.union(otherRequired))
    }

    /// What `node` stands for: itself, or what its `$ref` points to.
    static func resolved(_ node: Node, _ root: Node) -> Node {
        guard let reference = node["$ref"]?.string else { return node }
        return reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? $0 }
    }
}
