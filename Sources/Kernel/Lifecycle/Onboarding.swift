package import Foundation
package import PluginKit

/// Makes a tenant that works in one call, and brings one that exists in line with what is wished.
///
/// Repeating a call does no harm: what is there stays, what is missing is added. A new tenant comes to be in one transaction
/// of a fixed number of statements, with its keys, its document, its first owner's invitation and its first API key.
package struct Onboarding: Sendable {
    let kernel: KernelServices
    let records: TenantRecords
    let registry: TenantRegistry
    let configurations: TenantConfigurations
    /// The configuration of tenants that are made without one.
    let template: SettingsNode
    /// The issuer that a new tenant has for good; `nil` where it is to follow the server's address.
    let issuer: @Sendable (String) -> String?

    package init(
        kernel: KernelServices, records: TenantRecords, registry: TenantRegistry,
        configurations: TenantConfigurations, template: SettingsNode, issuer: @escaping @Sendable (String) -> String?
    ) {
        self.kernel = kernel
        self.records = records
        self.registry = registry
        self.configurations = configurations
        self.template = template
        self.issuer = issuer
    }

    /// Makes the tenant, or brings it in line.
    ///
    /// - Throws: ``OnboardingRefusal``, ``DatabaseError``; nothing is half done then that the next call would not finish.
    package func run(
        _ wish: OnboardingWish, by author: OnboardingAuthor, repeat: OnboardingRepeat? = nil
    ) async throws -> OnboardingOutcome {
        // Somebody else may make or remove the tenant between the look and the deed.
        for _ in 0..<3 {
            if let record = try await records.holder(of: wish.slug) {
                return try await align(record, with: wish, by: author, repeat: `repeat`)
            }
            if let made = try await make(wish, by: author, repeat: `repeat`) { return .done(made) }
        }
        throw OnboardingRefusal.changedMeanwhile
    }

    // MARK: A tenant that exists

    private func align(
        _ record: TenantRecord, with wish: OnboardingWish, by author: OnboardingAuthor, repeat: OnboardingRepeat?
    ) async throws -> OnboardingOutcome {
        guard record.state == .active || record.state == .suspended else { throw OnboardingRefusal.slugKept }
        guard record.managedBy == .api else { throw OnboardingRefusal.managedByFile }
        // Nothing is done before the key is claimed: it may have been used for another request. What is kept of answers lies
        // under the keys of a tenant that opens; one that does not is mended without.
        guard let `repeat`, let served = try await opened(record) else {
            return .done(try await align(record, with: wish, by: author))
        }
        let idempotency = try await kernel.idempotency(of: served)
        switch try await idempotency.claim(
            key: `repeat`.key, credential: `repeat`.credential, route: `repeat`.route, request: `repeat`.request,
            mayBeDoneAnew: true)
        {
        case .usedForAnotherRequest: return .usedForAnotherRequest
        case .stillRunning, .leftOpen: return .stillRunning
        case .answered(let status, let kept): return .repeated(served, status: status, kept: kept)
        case .fresh(let claimed):
            let done: OnboardedTenant
            do {
                done = try await align(record, with: wish, by: author)
            } catch {
                // Whatever was done, doing it again does no more. Should this fail as well, the key is free in a minute.
                try? await idempotency.abandon(claimed)
                throw error
            }
            try? await idempotency.finish(claimed, status: 200, body: try `repeat`.answer(done))
            return .done(done)
        }
    }

    private func align(
        _ record: TenantRecord, with wish: OnboardingWish, by author: OnboardingAuthor
    ) async throws -> OnboardedTenant {
        guard !wish.mustBeNew else { throw OnboardingRefusal.exists }
        let tenant = try await tenant(of: record, or: wish, by: author)
        let invitation = record.ownedAt == nil ? try await invitation(to: tenant, wish.admin, by: author) : nil
        let key = try await key(of: tenant, wish.key, by: author)
        return OnboardedTenant(tenant: tenant, isNew: false, invitation: invitation, key: key)
    }

    /// The tenant, with the wished configuration in force. A tenant that does not open by the present one can be mended so.
    private func tenant(
        of record: TenantRecord, or wish: OnboardingWish, by author: OnboardingAuthor
    ) async throws -> Tenant {
        let name = wish.name ?? record.name
        let isRenamed = !name.utf8.elementsEqual(record.name.utf8)
        if wish.configuration != nil || isRenamed {
            let change = ConfigurationChange(record: record, name: name, configuration: wish.configuration)
            return try await configurations.bringInForce(change, by: author).tenant
        }
        guard let tenant = try await registry.tenant(id: record.id) else { throw OnboardingRefusal.changedMeanwhile }
        return tenant
    }

    private func opened(_ record: TenantRecord) async throws -> Tenant? {
        do {
            return try await registry.tenant(id: record.id)
        } catch is TenantUnavailable {
            return nil
        }
    }

    private func invitation(
        to tenant: Tenant, _ admin: OnboardingWish.Admin?, by author: OnboardingAuthor
    ) async throws -> OnboardedTenant.OfferedInvitation? {
        guard let admin else { return nil }
        let invitations = try await kernel.invitations(of: tenant)
        if !admin.isInvitedAnew, let open = try await invitations.open(for: admin.login) { return .open(open) }
        let outcome = try await invitations.create(
            login: admin.login, displayName: admin.displayName, roles: [BuiltInRole.owner.rawValue], by: author.caller)
        switch outcome {
        case .done(let new): return .new(new)
        case .refused(let refusal): throw OnboardingRefusal.refused(refusal)
        }
    }

    private func key(
        of tenant: Tenant, _ wanted: NewAPIKey?, by author: OnboardingAuthor
    ) async throws -> EnsuredAPIKey? {
        guard let wanted else { return nil }
        switch try await kernel.apiKeys(of: tenant).ensure(wanted, by: author.caller) {
        case .done(let key): return key
        case .refused(let refusal): throw OnboardingRefusal.refused(refusal)
        }
    }
}

/// Who makes a tenant: as the platform's record names him, and as the tenant's own trail does.
package struct OnboardingAuthor: Sendable {
    package let platform: PlatformAuthor
    package let caller: Caller

    package static func `operator`(_ id: OperatorID, origin: RequestOrigin) -> OnboardingAuthor {
        OnboardingAuthor(
            platform: .operator(id, requestID: origin.requestID), caller: .platformOperator(id, origin))
    }

    package static func host(_ origin: RequestOrigin) -> OnboardingAuthor {
        OnboardingAuthor(platform: .host(requestID: origin.requestID), caller: .hostOperator(origin))
    }
}
