import Foundation
import PluginKit

/// Offers the first owner of a file tenant an invitation while the tenant has no owner.
package struct FirstOwner: Sendable {
    private let tenant: Tenant
    private let invitations: Invitations

    package init(tenant: Tenant, invitations: Invitations) {
        self.tenant = tenant
        self.invitations = invitations
    }

    /// A fresh invitation for the first owner that the tenant's file names, in place of any older one.
    ///
    /// - Returns: `nil` where the file names nobody or that login is a person already.
    package func invite(requestID: String) async throws -> NewInvitation? {
        guard let login = tenant.firstOwner.flatMap({ Login($0) }) else { return nil }
        let outcome = try await invitations.create(
            login: login, displayName: nil, roles: [BuiltInRole.owner.rawValue],
            by: .hostOperator(.host(requestID)))
        guard case .done(let invitation) = outcome else { return nil }
        return invitation
    }
}
