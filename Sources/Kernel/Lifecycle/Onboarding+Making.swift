import Foundation
import PluginKit

/// A tenant that does not exist yet: everything is made ready first, and stored in one transaction.
extension Onboarding {
    /// Makes the tenant; `nil` where somebody else has taken the slug, or drawn the same id, meanwhile.
    func make(
        _ wish: OnboardingWish, by author: OnboardingAuthor, repeat: OnboardingRepeat?
    ) async throws -> OnboardedTenant? {
        let id = TenantID.make(at: kernel.now())
        let document = try Self.document(wish, wish.configuration ?? template)
        let plan = try configurations.plan(document, slug: wish.slug, source: "the configuration")
        let dataKey = try await kernel.hierarchy.begin(id)
        do {
            let tenant = try await configurations.open(
                plan, id: id, revision: 1, issuer: issuer(wish.slug.text), replacing: nil)
            do {
                return try await store(tenant, wish, document, dataKey, by: author, repeat: `repeat`)
            } catch {
                await tenant.close()
                throw error
            }
        } catch DatabaseError.uniqueViolation("tenants_slug_key"), DatabaseError.uniqueViolation("tenants_tag") {
            kernel.hierarchy.forget(id)
            return nil
        } catch {
            kernel.hierarchy.forget(id)
            throw error
        }
    }

    private static func document(_ wish: OnboardingWish, _ configuration: SettingsNode) throws -> [UInt8] {
        do {
            return try TenantDraft(
                slug: wish.slug, name: wish.name ?? wish.slug.text, configuration: configuration
            ).bytes()
        } catch let error as SettingsProblems {
            throw OnboardingRefusal.configuration(error.list)
        }
    }

    private func store(
        _ tenant: Tenant, _ wish: OnboardingWish, _ document: [UInt8], _ dataKey: BoundStatement,
        by author: OnboardingAuthor, repeat: OnboardingRepeat?
    ) async throws -> OnboardedTenant {
        let now = kernel.now()
        let register = RegisterTenant(
            id: tenant.id, slug: wish.slug, name: tenant.name, issuer: tenant.fixedIssuer, author: author.platform,
            at: now)
        let cells = try await kernel.hierarchy.cells(of: tenant, now: kernel.now)
        let revision = RevisionID.make(at: now)
        let add = AddFirstRevision(
            id: revision, sealedDocument: try cells.seal(document, at: Cell(.tenantDocument, row: revision)),
            author: author.platform.name, at: now)
        let audit = AuditTrail(database: tenant.database, cells: cells, now: kernel.now)
        let made = AuditEvent(
            .tenantCreated, actor: author.caller.actor, subject: tenant.id.description, origin: author.caller.origin)
        let hashKey = try await kernel.firstHashKey(of: tenant)
        let key = try wish.key.map {
            try NewTenantKey($0, hashKey: hashKey.key, tenant, audit, by: author.caller, at: now)
        }
        let invitation = try await wish.admin.mapAsync {
            try await kernel.invitations(of: tenant).begin($0.login, displayName: $0.displayName, by: author.caller)
        }
        let onboarded = OnboardedTenant(
            tenant: tenant, isNew: true, invitation: invitation.map { .new($0.new) },
            key: key.map { .new($0.issued) })
        let kept = try await `repeat`.mapAsync { try await statements(keeping: $0, of: onboarded) }
        _ = try await tenant.database.run(
            [BoundStatement(register), dataKey, hashKey.statement, BoundStatement(add), try audit.statement(made)]
                + (try await kernel.signingKeys.begin(tenant)) + (invitation?.statements ?? [])
                + (key?.statements ?? []) + (kept ?? []))
        registry.adopt(tenant)
        return onboarded
    }

    private func statements(
        keeping answer: OnboardingRepeat, of onboarded: OnboardedTenant
    ) async throws -> [BoundStatement] {
        try await kernel.idempotency(of: onboarded.tenant).begin(
            key: answer.key, credential: answer.credential, route: answer.route, request: answer.request, status: 201,
            body: try answer.answer(onboarded))
    }
}

/// The first API key of a tenant that is about to be made.
private struct NewTenantKey {
    let issued: IssuedAPIKey
    let statements: [BoundStatement]

    init(
        _ new: NewAPIKey, hashKey: HashKey, _ tenant: Tenant, _ audit: AuditTrail, by caller: Caller, at now: Date
    ) throws {
        guard let provider = tenant.keys else { throw OnboardingRefusal.refused(.notFound) }
        let maker = KeyMaker(tenant: tenant, authenticator: provider.authenticator, hashKey: hashKey, now: now)
        let lifetime = new.lifetimeSeconds ?? Int(maker.ages.maxAgeSeconds)
        guard lifetime <= maker.ages.maxAgeSeconds else {
            throw OnboardingRefusal.refused(.lifetimeTooLong(seconds: Int(maker.ages.maxAgeSeconds)))
        }
        let id = KeyID.make(at: now)
        let (secret, text) = try maker.make(for: id, lifetimeSeconds: lifetime)
        let scopes = new.scopes.map(\.rawValue).sorted().joined(separator: " ")
        let made = AuditEvent(
            .apiKeyCreated, actor: caller.actor, subject: id.description, origin: caller.origin,
            details: ["name": new.name, "scopes": scopes])
        statements = [
            BoundStatement(InsertAPIKey(id: id, key: new, owner: nil, lifetimeSeconds: lifetime, at: now)),
            BoundStatement(AddKeySecret(key: id, secret: secret)), BoundStatement(SetKeyAlarm(at: secret.rotateBy)),
            BoundStatement(WriteKeyPolicy(ages: maker.ages)), try audit.statement(made),
        ]
        issued = IssuedAPIKey(key: APIKey(id, new, lifetime, secret, at: now), text: text, secret: secret.id)
    }
}

extension APIKey {
    /// A key as it is right after it was made.
    fileprivate init(_ id: KeyID, _ new: NewAPIKey, _ lifetimeSeconds: Int, _ secret: NewKeySecret, at now: Date) {
        let secret = KeySecret(
            id: secret.id, createdAt: secret.createdAt, expiresAt: secret.expiresAt, rotateBy: secret.rotateBy,
            replacedAt: nil, retiresAt: nil, endedAt: nil, endedBecause: nil, lastUsedAt: nil, useCount: 0,
            callerCount: 0)
        self.init(
            id: id, name: new.name, scopes: new.scopes, owner: nil, lifetimeSeconds: lifetimeSeconds,
            allowedNetworks: new.allowedNetworks.map(\.description), rateLimit: new.rateLimit, metadata: new.metadata,
            createdAt: now, updatedAt: now, revokedAt: nil, revokedBecause: nil, revokeReason: nil, secrets: [secret])
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func mapAsync<Value: Sendable>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
