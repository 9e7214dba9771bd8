package import Kernel

/// Who may call a route, and what the route learns about him.
///
/// A route cannot be declared without one, and its handler gets the `Subject` from nowhere else: code that runs is
/// code that was let in. An error of ``admit`` denies.
package struct Access<Subject: Sendable>: Sendable {
    package let requirement: AccessRequirement
    let admit: @Sendable (APIRequest) async throws -> Subject

    package init(_ requirement: AccessRequirement, admit: @escaping @Sendable (APIRequest) async throws -> Subject) {
        self.requirement = requirement
        self.admit = admit
    }
}

extension Access where Subject == Void {
    /// Anyone may call the route; nothing is looked at.
    package static var anyone: Access { Access(.anyone) { _ in } }
}

/// Who may call a route, as data: for lists of routes and the tests that hold them against the contract.
package enum AccessRequirement: Sendable, Hashable {
    case anyone
    /// Somebody with a live session of the tenant.
    case person
    /// A person or an API key of the tenant with this permission.
    case permission(Permission)
    /// A person or an API key of whatever tenant.
    case holder
    /// An operator of the platform.
    case operatorKey
    /// An operator of the platform, or a person or an API key of the tenant with this permission.
    case operatorOr(Permission)
}

extension AccessRequirement: CustomStringConvertible {
    package var description: String {
        switch self {
        case .anyone: "anyone"
        case .person: "person"
        case .permission(let permission): "permission \(permission.rawValue)"
        case .holder: "holder"
        case .operatorKey: "operator"
        case .operatorOr(let permission): "operator or permission \(permission.rawValue)"
        }
    }
}
