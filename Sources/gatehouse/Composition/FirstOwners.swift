import Kernel
import PluginKit

/// Invites the first owner of each file tenant that has none. Nobody has a password before he chooses one.
struct FirstOwners {
    let kernel: KernelServices
    let tenants: FileTenants

    /// One-time invitations; those of an earlier start no longer work.
    func invite() async throws -> [OwnerInvitation] {
        var invitations: [OwnerInvitation] = []
        for tenant in try await tenants.withoutOwner() {
            let onboarding = Onboarding(tenant: tenant, invitations: try await kernel.invitations(of: tenant))
            let request = RequestID.make(at: kernel.now()).description
            guard let new = try await onboarding.inviteFirstOwner(requestID: request) else { continue }
            invitations.append(OwnerInvitation(new, tenant: tenant))
        }
        return invitations
    }
}
