package import PluginKit

/// Who asks for something in a tenant, with what he may do at this moment.
package struct Caller: Sendable {
    package let actor: Actor
    package let permissions: Set<Permission>
    package let origin: RequestOrigin

    package init(actor: Actor, permissions: Set<Permission>, origin: RequestOrigin) {
        self.actor = actor
        self.permissions = permissions
        self.origin = origin
    }

    /// The operator at the host's own command line: he owns the machine, so nothing of the tenant is above him.
    package static func hostOperator(_ origin: RequestOrigin) -> Caller {
        Caller(actor: .hostOperator, permissions: Set(Permission.allCases), origin: origin)
    }

    /// An operator of the platform who sets a tenant up. What he hands out goes to others: his own key opens nothing inside.
    package static func platformOperator(_ id: OperatorID, _ origin: RequestOrigin) -> Caller {
        Caller(actor: .platformOperator(id), permissions: Set(Permission.allCases), origin: origin)
    }
}

/// Who did something, as the audit trail names it.
package enum Actor: Sendable, Equatable {
    /// The session is unknown for somebody who is about to begin his first.
    case person(UserID, session: SessionID?)
    /// An API key, and whose it is; `nil` for one of the tenant itself.
    case key(KeyID, owner: UserID?)
    case hostOperator
    case platformOperator(OperatorID)
    case system
    case anonymous

    /// The person who answers for it: himself, or the owner of the key.
    package var userID: UserID? {
        switch self {
        case .person(let id, _): id
        case .key(_, let owner): owner
        case .hostOperator, .platformOperator, .system, .anonymous: nil
        }
    }

    /// The API key that does it; `nil` for whoever uses none.
    package var keyID: KeyID? {
        if case .key(let id, _) = self { id } else { nil }
    }

    package var sessionID: SessionID? {
        if case .person(_, let id) = self { id } else { nil }
    }
}

/// Where a request came from.
package struct RequestOrigin: Sendable {
    /// The client's address.
    package let address: String
    /// The network that attempts are counted by: the IPv4 address, or the /64 of an IPv6 address.
    package let network: String
    package let userAgent: String?
    package let requestID: String

    package init(address: String, network: String, userAgent: String?, requestID: String) {
        self.address = address
        self.network = network
        self.userAgent = userAgent
        self.requestID = requestID
    }

    /// Something that this process does by itself or at its command line.
    package static func host(_ requestID: String) -> RequestOrigin {
        RequestOrigin(address: "host", network: "host", userAgent: nil, requestID: requestID)
    }
}

/// Decides who may do what to whom. There is one rule beside the permissions themselves: nobody gives, takes or
/// touches more than he has. A role above one's own is simply one that allows something one may not.
package enum Authorizer {
    package static func allows(_ caller: Caller, _ permission: Permission) -> Bool {
        caller.permissions.contains(permission)
    }

    /// Whether `caller` may grant or withdraw roles that allow `permissions`.
    package static func mayHandOut(_ caller: Caller, _ permissions: Set<Permission>) -> Bool {
        permissions.isSubset(of: caller.permissions)
    }

    /// Whether `caller` may change, suspend or delete a person who has `permissions`.
    package static func mayManage(_ caller: Caller, personWith permissions: Set<Permission>) -> Bool {
        permissions.isSubset(of: caller.permissions)
    }
}
