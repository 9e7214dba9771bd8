package import Kernel
import PluginKit

/// Somebody who may look at a tenant: from outside, or as one who belongs to it.
package enum Onlooker: Sendable {
    case platformOperator(OperatorID)
    case insider(Admitted)
}

extension Gate {
    /// An operator of the platform, or somebody of the tenant whose roles or scopes allow this.
    ///
    /// An operator finds tenants that are suspended as well; to everybody else it is a route of the tenant.
    package func operatorOr(_ permission: Permission) -> Access<Onlooker> {
        let insider = self.permission(permission)
        return Access(.operatorOr(permission)) { request in
            // A credential that is malformed must not tell by its refusal that there is such a tenant.
            if let credential = try? request.bearer(),
                let id = try await operators.authenticate(credential, requestID: request.origin.requestID)
            {
                return .platformOperator(id)
            }
            return .insider(try await insider.admit(request))
        }
    }
}
