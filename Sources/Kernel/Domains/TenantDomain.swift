package import Foundation
package import PluginKit

/// A domain as a tenant has it or claims it.
package struct TenantDomain: Sendable {
    package let domain: DomainName
    /// Since when it is served; `nil` while it is only claimed.
    package let verifiedAt: Date?
    package let createdAt: Date
    let token: String?

    /// What the domain's name servers have to say; `nil` where a file declares the domain.
    package var record: ProvingRecord? { token.map { ProvingRecord(domain: domain, token: $0) } }
}

/// A domain after it was claimed.
package struct AddedDomain: Sendable {
    package let domain: TenantDomain
    /// Whether the claim was made just now.
    package let isNew: Bool
}

/// Whose a domain is.
package struct DomainOwnership: Sendable {
    let domain: DomainName
    let owner: TenantID

    package init(domain: DomainName, owner: TenantID) {
        self.domain = domain
        self.owner = owner
    }
}

/// Why a tenant does not get a domain, or does not lose one.
package enum DomainRefusal: Error, Sendable, Equatable {
    /// The tenant has no such domain and claims none.
    case notFound
    /// A file says which domains the tenant has.
    case managedByFile
    /// Another tenant has it.
    case taken
    case tooMany
    /// The name of the proving record would be too long.
    case tooLong
    /// The name servers say something else; what they said comes from strangers.
    case unproved(expected: ProvingRecord, found: [[UInt8]])
}
