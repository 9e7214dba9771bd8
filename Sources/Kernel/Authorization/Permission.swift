/// Something that a role allows, named `resource.action`.
///
/// A route declares the permission it needs; nothing else decides who may call it.
package enum Permission: String, Sendable, CaseIterable, Comparable {
    case usersRead = "users.read"
    case usersCreate = "users.create"
    case usersUpdate = "users.update"
    case usersSuspend = "users.suspend"
    case usersDelete = "users.delete"
    case sessionsRevoke = "sessions.revoke"
    case factorsReset = "factors.reset"
    case rolesRead = "roles.read"
    case rolesAssign = "roles.assign"
    case rolesWrite = "roles.write"
    case invitationsRead = "invitations.read"
    case invitationsCreate = "invitations.create"
    case invitationsRevoke = "invitations.revoke"
    case keysRead = "keys.read"
    case keysCreate = "keys.create"
    case keysUpdate = "keys.update"
    case keysRotate = "keys.rotate"
    case keysRevoke = "keys.revoke"
    /// Learn why a key is refused, and not only that it is.
    case keysVerify = "keys.verify"
    case auditRead = "audit.read"
    case configRead = "config.read"
    /// Look at the product that Gatehouse guards; Gatehouse itself gives it no further meaning.
    case productRead = "product.read"
    /// Use that product as more than an onlooker.
    case productUse = "product.use"
    /// What only an owner may: stand for the tenant itself.
    case tenantOwn = "tenant.own"

    package static func < (left: Permission, right: Permission) -> Bool { left.rawValue < right.rawValue }
}
