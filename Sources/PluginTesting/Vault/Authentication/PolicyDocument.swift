/// A policy as it was written, and the rules in it.
struct PolicyDocument {
    struct Rule {
        let pattern: PolicyPattern
        let capabilities: Set<String>
    }

    let text: String
    let rules: [Rule]

    /// - Parameter text: in the language HCL or as JSON.
    init(_ text: String) throws(VaultRefusal) {
        self.text = text
        if let document = JSONValue(Array(text.utf8)) {
            rules = Self.rules(document)
        } else {
            rules = try PolicyReader(text).rules()
        }
        let known: Set = [
            "create", "read", "update", "patch", "delete", "list", "sudo", "deny", "subscribe", "recover",
        ]
        for rule in rules {
            guard let odd = rule.capabilities.first(where: { !known.contains($0) }) else { continue }
            throw .invalid("failed to parse policy: path \"\(rule.pattern.text)\": invalid capability \"\(odd)\"")
        }
    }

    private init(_ rules: [(path: String, capabilities: Set<String>)]) {
        text = rules.map { path, capabilities in
            "path \"\(path)\" {\n    capabilities = [\(capabilities.sorted().map { "\"\($0)\"" }.joined(separator: ", "))]\n}"
        }.joined(separator: "\n")
        self.rules = rules.map { Rule(pattern: PolicyPattern(text: $0.path), capabilities: $0.capabilities) }
    }

    /// What every token may do about itself, unless it was made without this policy.
    static let standard = PolicyDocument([
        ("auth/token/lookup-self", ["read"]), ("auth/token/renew-self", ["update"]),
        ("auth/token/revoke-self", ["update"]), ("sys/capabilities-self", ["update"]),
        ("sys/internal/ui/resultant-acl", ["read"]), ("sys/renew", ["update"]), ("sys/leases/renew", ["update"]),
        ("sys/leases/lookup", ["update"]), ("cubbyhole/*", ["create", "read", "update", "delete", "list"]),
        ("sys/wrapping/wrap", ["update"]), ("sys/wrapping/lookup", ["update"]), ("sys/wrapping/unwrap", ["update"]),
        ("sys/tools/hash", ["update"]), ("sys/tools/hash/*", ["update"]), ("sys/control-group/request", ["update"]),
    ])

    private static func rules(_ document: JSONValue) -> [Rule] {
        (document["path"]?.object ?? [:]).map { path, rule in
            let capabilities = rule["capabilities"]?.strings ?? []
            return Rule(pattern: PolicyPattern(text: path), capabilities: Set(capabilities))
        }
    }
}
