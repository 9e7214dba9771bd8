/// The login method AppRole: a role id and a secret id, for programs.
struct AppRoleAuth: VaultEngine {
    private var roles: [String: AppRole] = [:]

    mutating func answer(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.head {
        case "login": return try logIn(request)
        case "role": return try answerRole(request)
        default: throw .unsupportedPath
        }
    }

    private mutating func logIn(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        guard let roleID = request.text("role_id"), !roleID.isEmpty else {
            throw VaultRefusal(status: 500, errors: ["failed to determine alias name from login request"])
        }
        guard let name = roles.first(where: { $0.value.roleID == roleID })?.key, var role = roles[name] else {
            throw .invalid("invalid role ID")
        }
        // Also a login that is refused may have used up the last of a secret's life.
        defer { roles[name] = role }
        return .login(try role.logIn(request, as: name))
    }

    private mutating func answerRole(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        if request.operation == .list, request.segments.count == 1 { return try .keys(roles.keys) }
        let (name, field) = request.tail.splitAtSlash
        guard field.isEmpty else { return try answerField(field, of: name, request) }
        switch request.operation {
        case .read:
            guard let role = roles[name] else { throw .absent }
            return .data(role.json)
        case .create, .update:
            var role = roles[name] ?? AppRole()
            role.take(request)
            roles[name] = role
            return .done
        case .delete:
            roles[name] = nil
            return .done
        case .list, .patch: throw .unsupportedOperation
        }
    }

    private mutating func answerField(
        _ field: String, of name: String, _ request: VaultRequest
    ) throws(VaultRefusal) -> VaultAnswer {
        guard var role = roles[name] else {
            if field == "role-id", request.operation == .read { throw .absent }
            throw .invalid("role \"\(name)\" does not exist")
        }
        defer { roles[name] = role }
        switch (field, request.operation) {
        case ("role-id", .read): return .data(["role_id": .string(role.roleID)])
        case ("role-id", .create), ("role-id", .update):
            role.roleID = request.text("role_id") ?? role.roleID
            return .done
        case ("secret-id/", .list): return try .keys(role.accessors)
        case ("secret-id", .create), ("secret-id", .update), ("custom-secret-id", .create),
            ("custom-secret-id", .update):
            return .data(try role.makeSecret(request, id: field == "secret-id" ? nil : request.text("secret_id")))
        case ("secret-id/lookup", .create), ("secret-id/lookup", .update):
            guard let found = role.description(ofSecret: request.text("secret_id") ?? "") else { return .done }
            return .data(found)
        case ("secret-id/destroy", .create), ("secret-id/destroy", .update), ("secret-id/destroy", .delete):
            try role.destroy(secret: request.text("secret_id") ?? "")
            return .done
        default: throw .unsupportedPath
        }
    }
}
