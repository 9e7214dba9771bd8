import Kernel
import PluginKit

/// Invites the first owner of each file tenant that has none. Nobody has a password before he chooses one.
struct FirstOwners {
    let kernel: KernelServices
    let tenants: ServedTenants

    /// Bounds the work that tenants ask of the database, and of a vault that wraps their keys.
    private static let invitedAtOnce = 16

    /// One-time invitations; those of an earlier start no longer work.
    func invite() async throws -> [OwnerInvitation] {
        let waiting = try await tenants.withoutOwner()
        let invitations = try await waiting.concurrentMap(atMost: Self.invitedAtOnce) { try await invitation(to: $0) }
        return invitations.compactMap(\.self)
    }

    private func invitation(to tenant: Tenant) async throws -> OwnerInvitation? {
        let owner = FirstOwner(tenant: tenant, invitations: try await kernel.invitations(of: tenant))
        let request = RequestID.make(at: kernel.now()).description
        return try await owner.invite(requestID: request).map { OwnerInvitation($0, tenant: tenant) }
    }
}
