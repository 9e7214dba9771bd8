package import Logging
package import PluginKit

/// A tenant that is open: its policy and everything that works for it, and for no other tenant.
package struct Tenant: Sendable {
    package let id: TenantID
    /// Whether the registry has it suspended: nobody comes in, whatever he holds.
    package private(set) var isSuspended: Bool
    /// What the tenant was opened from.
    package let plan: TenantPlan
    /// Which revision of its document that is; 0 where a file describes it.
    package let revision: Int
    /// What the addresses for its people begin with: `https://auth.example.com/t/acme`.
    package let address: String
    /// The issuer of its tokens for good; `nil` where it is the address.
    let fixedIssuer: String?
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
    /// Tells one opening of a tenant from the next.
    let opening: OpeningMark

    package var slug: TenantSlug { plan.slug }
    package var name: String { plan.name }
    /// The issuer of its tokens.
    package var issuer: String { fixedIssuer ?? address }
    package var policy: TenantPolicy { plan.policy }
    package var audience: String { plan.audience ?? issuer }
    package var firstOwner: String? { plan.firstOwner }
    package var corsOrigins: [String] { plan.corsOrigins }

    /// Closes the providers in the opposite order of their opening. Who still holds the tenant may go on using it.
    package func close() async {
        for close in closers.reversed() { await close() }
    }

    // MARK: What the registry says

    /// Whether the tenant is open as the registry has it, but for its being suspended.
    func isOf(_ record: TenantRecord) -> Bool {
        id == record.id && slug.text == record.slug && revision == record.revision && fixedIssuer == record.issuer
    }

    /// The same tenant, suspended or not as the registry has it.
    func with(_ record: TenantRecord) -> Tenant {
        var tenant = self
        tenant.isSuspended = record.state == .suspended
        return tenant
    }

    /// Whether this is the same opening of the same document.
    func isSame(as other: Tenant) -> Bool { opening === other.opening }
}

/// Made anew at each opening of a tenant.
final class OpeningMark: Sendable {}
