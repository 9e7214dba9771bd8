package import Logging
package import PluginKit

/// A tenant that is open: its policy and everything that works for it, and for no other tenant.
package struct Tenant: Sendable {
    package let id: TenantID
    /// Whether the registry has it suspended: nobody comes in, whatever he holds.
    package let isSuspended: Bool
    /// What the tenant was opened from.
    package let plan: TenantPlan
    /// The issuer of its tokens, which the addresses for its people begin with: `https://auth.example.com/t/acme`.
    package let issuer: String
    package let database: any TenantDatabase
    package let secrets: any TenantSecrets
    package let passwordAuthenticator: any PasswordAuthenticator
    package let passwordKeeper: any PasswordKeeper
    package let factors: TenantFactors
    /// `nil` where the program has no API keys.
    package let keys: TenantKeyProvider?
    /// What the process knows of keys that are good. Its entries are kept by tenant.
    package let keyCache: VerifiedKeyCache
    /// Marks every line with the tenant's slug.
    package let logger: Logger
    /// What gives back what its providers hold open elsewhere.
    let closers: [@Sendable () async -> Void]

    package var slug: TenantSlug { plan.slug }
    package var name: String { plan.name }
    package var policy: TenantPolicy { plan.policy }
    package var audience: String { plan.audience ?? issuer }
    package var firstOwner: String? { plan.firstOwner }
    package var corsOrigins: [String] { plan.corsOrigins }

    /// Closes the providers in the opposite order of their opening. Who still holds the tenant may go on using it.
    package func close() async {
        for close in closers.reversed() { await close() }
    }
}
