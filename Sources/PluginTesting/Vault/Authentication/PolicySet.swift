/// The ACL policies of one namespace.
struct PolicySet {
    private var documents = ["default": PolicyDocument.standard]

    var names: [String] { documents.keys + ["root"] }

    func text(of name: String) -> String? {
        name == "root" ? "" : documents[name]?.text
    }

    mutating func set(_ name: String, to document: PolicyDocument?) throws(VaultRefusal) {
        guard name != "root" else { throw .invalid("cannot update \"root\" policy") }
        guard name != "default" || document != nil else { throw .invalid("cannot delete \"default\" policy") }
        documents[name] = document
    }

    /// What holders of `policies` may do at a path, in the order of the alphabet; `deny` alone: nothing.
    func capabilities(of policies: [String], at path: String) -> [String] {
        if policies.contains("root") { return ["root"] }
        let rules = policies.compactMap { documents[$0] }.flatMap(\.rules).filter { $0.pattern.matches(path) }
        guard let closest = rules.map(\.pattern).max() else { return ["deny"] }
        // Rules for the same pattern add up, whichever policy they stand in.
        let all = rules.filter { $0.pattern == closest }.reduce(into: Set<String>()) { $0.formUnion($1.capabilities) }
        return all.contains("deny") || all.isEmpty ? ["deny"] : all.sorted()
    }

    func allows(_ operation: VaultRequest.Operation, at path: String, for policies: [String]) -> Bool {
        let capabilities = capabilities(of: policies, at: path)
        if capabilities == ["root"] || capabilities.contains(operation.rawValue) { return true }
        // A folder may be listed by whoever may list it without its slash.
        guard operation == .list, path.hasSuffix("/") else { return false }
        return self.capabilities(of: policies, at: String(path.dropLast())).contains("list")
    }

    /// Whether any rule of the policies speaks of something beneath the mount.
    func touches(_ mount: String, for policies: [String]) -> Bool {
        if policies.contains("root") { return true }
        return policies.compactMap { documents[$0] }.flatMap(\.rules).contains { rule in
            rule.capabilities != ["deny"] && rule.pattern.reaches(into: mount)
        }
    }
}
