/// The five roles that every tenant has, each allowing all that the next one does and more.
package enum BuiltInRole: String, Sendable, CaseIterable {
    case owner, admin, manager, member, viewer

    package var permissions: Set<Permission> { Self.known[self] ?? [] }

    // Put together once: they are asked for at each request.
    private static let known = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.assembled) })

    private var assembled: Set<Permission> {
        switch self {
        case .owner: Self.admin.assembled.union([.tenantOwn])
        case .admin:
            Self.manager.assembled.union([
                .usersUpdate, .usersSuspend, .usersDelete, .sessionsRevoke, .factorsReset, .rolesAssign, .rolesWrite,
                .auditRead, .configRead, .keysRead, .keysCreate, .keysUpdate, .keysRotate, .keysRevoke, .keysVerify,
            ])
        case .manager:
            Self.member.assembled.union([
                .usersRead, .usersCreate, .invitationsRead, .invitationsCreate, .invitationsRevoke, .rolesRead,
            ])
        case .member: Self.viewer.assembled.union([.productUse])
        case .viewer: [.productRead]
        }
    }
}

/// A role as a tenant sees it: a built-in one, or one of its own.
package struct Role: Sendable, Equatable {
    package let name: String
    package let permissions: Set<Permission>
    package let isBuiltIn: Bool
    /// Grows with each change; the ETag of the role. Built-in roles stay at zero.
    package let version: Int

    package init(name: String, permissions: Set<Permission>, isBuiltIn: Bool, version: Int) {
        self.name = name
        self.permissions = permissions
        self.isBuiltIn = isBuiltIn
        self.version = version
    }

    package init(_ role: BuiltInRole) {
        self.init(name: role.rawValue, permissions: role.permissions, isBuiltIn: true, version: 0)
    }

    /// What is wrong with `name` as the name of a tenant's own role; `nil` where nothing is.
    package static func problem(withName name: String) -> String? {
        guard BuiltInRole(rawValue: name) == nil else {
            return "is the name of a built-in role, which cannot be changed"
        }
        let bytes = Array(name.utf8)
        guard (2...40).contains(bytes.count), let first = bytes.first, isLetter(first), bytes.allSatisfy(isNameByte)
        else {
            return "must be 2 to 40 of a-z, 0-9 and _, beginning with a letter"
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "_")
    }
}
