import Cryptography
package import Foundation
package import PluginKit

/// The domains of tenants: claimed by an operator, and served once the domain's own name servers say whose it is.
///
/// A claim keeps nobody else from claiming the same domain; whoever proves it first has it. Domains of tenants that a file
/// describes are declared there, and change with the file alone.
///
/// This folder owns what a domain is, how it is proved, and which tenant has it; Tenants finds tenants by it, WebAPI serves
/// them under it.
package struct TenantDomains: Sendable {
    /// How many domains one tenant may have or claim.
    package static let mostPerTenant = 50

    private let database: any PlatformDatabase
    private let resolver: any TextRecordResolver
    private let now: @Sendable () -> Date

    package init(
        database: any PlatformDatabase, resolver: any TextRecordResolver, now: @escaping @Sendable () -> Date
    ) {
        self.database = database
        self.resolver = resolver
        self.now = now
    }

    /// Claims a domain for a tenant. A claim that is there already stays as it is.
    package func add(
        _ domain: DomainName, to tenant: TenantRecord, by author: PlatformAuthor
    ) async throws -> Result<AddedDomain, DomainRefusal> {
        guard tenant.managedBy == .api else { return .failure(.managedByFile) }
        guard ProvingRecord.hasRoom(under: domain) else { return .failure(.tooLong) }
        let claim = AddDomain(
            domain: domain.text, owner: tenant.id, token: Hexadecimal.encode(try Randomness.bytes(16)),
            most: Self.mostPerTenant, event: event("tenant.domain_added", domain, tenant, author))
        let results = try await database.run([
            BoundStatement(claim), BoundStatement(FindDomain(domain: domain.text, owner: tenant.id)),
            BoundStatement(FindDomainHolder(domain: domain.text)),
        ])
        if let found = try FindDomain.rows(of: results[1]).first {
            return .success(AddedDomain(domain: found, isNew: results[0].affected == 1))
        }
        return .failure(try FindDomainHolder.rows(of: results[2]).isEmpty ? .tooMany : .taken)
    }

    /// The domains of a tenant, in the order of their names; at most ``mostPerTenant`` and those of its file.
    package func list(of tenant: TenantRecord) async throws -> [TenantDomain] {
        try await database.rows(ListDomains(owner: tenant.id))
    }

    /// Looks the proof up now: a domain that has it is served from then on, one that has it no longer is not.
    ///
    /// - Throws: ``NameServersSilent`` where that could not be told; nothing changes then.
    package func verify(
        _ domain: DomainName, of tenant: TenantRecord, by author: PlatformAuthor
    ) async throws -> Result<TenantDomain, DomainRefusal> {
        guard let claim = try await find(domain, of: tenant) else { return .failure(.notFound) }
        guard let record = claim.record, let token = claim.token else { return .success(claim) }
        let texts = try await resolver.texts(of: record.name)
        guard record.stands(in: texts) else {
            let event = event("tenant.domain_lapsed", domain, tenant, author)
            try await database.execute(LapseDomain(domain: domain.text, owner: tenant.id, event: event))
            return .failure(.unproved(expected: record, found: texts))
        }
        return try await settle(domain, token: token, of: tenant, by: author)
    }

    private func settle(
        _ domain: DomainName, token: String, of tenant: TenantRecord, by author: PlatformAuthor
    ) async throws -> Result<TenantDomain, DomainRefusal> {
        let event = event("tenant.domain_verified", domain, tenant, author)
        let verify = VerifyDomain(domain: domain.text, owner: tenant.id, token: token, event: event)
        do {
            try await database.execute(verify)
        } catch DatabaseError.uniqueViolation {
            // Somebody else proved it at the same moment.
            return .failure(.taken)
        }
        guard let settled = try await find(domain, of: tenant) else { return .failure(.notFound) }
        return settled.verifiedAt == nil ? .failure(.taken) : .success(settled)
    }

    /// Gives a domain up. It is not served any more, and free for others.
    ///
    /// - Returns: `nil` where that is done; else why it is not.
    package func remove(
        _ domain: DomainName, of tenant: TenantRecord, by author: PlatformAuthor
    ) async throws -> DomainRefusal? {
        guard tenant.managedBy == .api else { return .managedByFile }
        let event = event("tenant.domain_removed", domain, tenant, author)
        let count = try await database.execute(RemoveDomain(domain: domain.text, owner: tenant.id, event: event))
        return count == 1 ? nil : .notFound
    }

    /// Enters exactly these domains as those that files declare.
    ///
    /// - Returns: those among them that another tenant has proved to be its own. Where there is one, nothing was changed.
    @Sendable
    package func declare(_ ownerships: [DomainOwnership]) async throws -> Set<DomainName> {
        let (domains, owners) = (ownerships.map(\.domain.text), ownerships.map(\.owner))
        let held = try await database.rows(FindHeldDomains(domains: domains, owners: owners))
        guard held.isEmpty else { return Set(held.compactMap(DomainName.init)) }
        _ = try await database.run([
            BoundStatement(DropDeclaredDomains(domains: domains, owners: owners)),
            BoundStatement(DeclareDomains(domains: domains, owners: owners, at: now())),
        ])
        return []
    }

    private func find(_ domain: DomainName, of tenant: TenantRecord) async throws -> TenantDomain? {
        try await database.first(FindDomain(domain: domain.text, owner: tenant.id))
    }

    private func event(
        _ type: String, _ domain: DomainName, _ tenant: TenantRecord, _ author: PlatformAuthor
    ) -> RecordPlatformEvent {
        author.event(type, of: "\(tenant.id) \(domain)", at: now())
    }
}
