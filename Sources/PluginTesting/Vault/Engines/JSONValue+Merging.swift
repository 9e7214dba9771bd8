extension JSONValue {
    /// The value after a merge patch of RFC 7396: `null` takes a member away.
    func merging(patch: JSONValue) -> JSONValue {
        guard let changes = patch.object else { return patch }
        var members = object ?? [:]
        for (name, change) in changes {
            members[name] = change == .null ? nil : (members[name] ?? .null).merging(patch: change)
        }
        return .object(members)
    }

    /// The names of the members without what they hold, down to a depth.
    func keysAlone(depth: Int) -> JSONValue {
        guard let members = object, depth > 0 else { return .null }
        return .object(members.mapValues { $0.keysAlone(depth: depth - 1) })
    }
}
