package import Foundation
package import PluginKit

/// The registry of tenants in the database: which there are, by which id, in which state.
package struct TenantRecords: Sendable {
    private let database: any PlatformDatabase
    private let now: @Sendable () -> Date

    package init(database: any PlatformDatabase, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// Enters the tenants of the files, all in one round trip however many there are; those known keep their ids.
    ///
    /// - Parameter issuers: the issuer that a tenant is to have for good, by its slug; by default it follows the server's
    ///   address.
    /// - Returns: what the registry knows of these slugs; also where one is not of a file tenant, which is then not
    ///   entered.
    package func register(
        _ plans: [(slug: String, name: String)], issuers: (String) -> String? = { _ in nil }
    ) async throws -> [TenantRecord] {
        let ids = plans.map { _ in TenantID.make(at: now()) }
        let slugs = plans.map(\.slug)
        let register = RegisterFileTenants(
            ids: ids, slugs: slugs, names: plans.map(\.name), issuers: slugs.map { issuers($0) ?? "" }, at: now())
        // Reading is a statement of its own: registering waits for another node that enters the same tenant, and only
        // what is read after it is what that node left.
        let results = try await database.run([
            BoundStatement(FreeSlugs(slugs: slugs)), BoundStatement(register),
            BoundStatement(FindTenants(slugs: slugs)),
        ])
        return try FindTenants.rows(of: results[2])
    }

    package func find(slug: String) async throws -> TenantRecord? {
        try await database.first(FindTenant(slug: slug))
    }

    package func find(id: TenantID) async throws -> TenantRecord? {
        try await database.first(FindTenantByID(id: id))
    }

    /// The tenant that API keys with this tag belong to.
    package func find(tag: TenantTag) async throws -> TenantRecord? {
        try await database.first(FindTenantByTag(tag: tag))
    }

    /// The tenant that has proved that this domain is its own.
    package func find(domain: DomainName) async throws -> TenantRecord? {
        try await database.first(FindTenantByDomain(domain: domain.text))
    }

    /// The tenant by its slug or the written form of its id, as addresses name it.
    package func find(named text: String) async throws -> TenantRecord? {
        if let id = TenantID(text) { return try await find(id: id) }
        return try await find(slug: text)
    }

    /// What has a slug: a tenant, or what is left of a deleted one and keeps it still.
    package func holder(of slug: TenantSlug) async throws -> TenantRecord? {
        let slugs = [slug.text]
        let results = try await database.run([
            BoundStatement(FreeSlugs(slugs: slugs)), BoundStatement(FindTenants(slugs: slugs)),
        ])
        return try FindTenants.rows(of: results[1]).first
    }

    /// Tenants in the order in which they were made: one page of at most `limit`, made after `after`.
    package func list(after: TenantID?, limit: Int) async throws -> [TenantRecord] {
        try await database.rows(ListTenants(after: after, limit: limit))
    }

    /// Tenants that could not be opened when that was last tried; at most `limit`.
    package func troubled(limit: Int) async throws -> [TenantRecord] {
        try await database.rows(ListTroubledTenants(limit: limit))
    }

    /// Notes why a tenant could not be opened, or, with `nil`, that it could. Must hold no secret.
    package func note(trouble: String?, of id: TenantID) async throws {
        try await database.execute(NoteTenantTrouble(id: id, trouble: trouble))
    }

    /// Suspends a tenant, or lets it go on; every node hears of it. Repeating it changes nothing.
    ///
    /// - Returns: `nil` where there is no such tenant any more.
    package func set(
        _ state: TenantRecord.State, of id: TenantID, by author: PlatformAuthor
    ) async throws -> TenantRecord? {
        let type = state == .suspended ? "tenant.suspended" : "tenant.resumed"
        let event = author.event(type, of: id.description, at: now())
        return try await changed(id, by: BoundStatement(SetTenantState(id: id, state: state, event: event)))
    }

    /// Gives a tenant another issuer, or, with `nil`, one that follows the server's address. Tokens under the old issuer
    /// are good for nothing from then on.
    ///
    /// - Returns: `nil` where there is no such tenant any more.
    package func set(issuer: String?, of id: TenantID, by author: PlatformAuthor) async throws -> TenantRecord? {
        let event = author.event("tenant.issuer_moved", of: id.description, at: now())
        return try await changed(id, by: BoundStatement(SetTenantIssuer(id: id, issuer: issuer, event: event)))
    }

    private func changed(_ id: TenantID, by change: BoundStatement) async throws -> TenantRecord? {
        let results = try await database.run([change, BoundStatement(FindTenantByID(id: id))])
        return try FindTenantByID.rows(of: results[1]).first
    }

    /// Tenants whose values still stand in the clear, since they were made before values were sealed.
    package func unsealed(limit: Int) async throws -> [TenantID] {
        try await database.rows(ListUnsealedTenants(limit: limit))
    }

    package func markSealed(_ id: TenantID) async throws {
        try await database.execute(MarkTenantSealed(id: id, at: now()))
    }
}

/// A tenant as the registry knows it: nothing personal, nothing from inside.
package struct TenantRecord: Sendable {
    package let id: TenantID
    package let slug: String
    package let name: String
    package let state: State
    package let managedBy: Manager
    /// The issuer of its tokens, for good; `nil` where it follows the server's address.
    package let issuer: String?
    /// Which revision of its document is in force; 0 where a file describes it.
    package let revision: Int
    /// What kept it from being opened when that was last tried.
    package let trouble: String?
    package let createdAt: Date
    /// When its first owner took up his invitation; `nil` while nobody has.
    package let ownedAt: Date?

    package enum State: String, Sendable {
        case active, suspended
        /// Refused to everybody, while what it holds is being removed.
        case deleting
        /// Only its slug is kept, until it may be given out again.
        case deleted
    }

    /// Who says what the tenant is like.
    package enum Manager: String, Sendable {
        /// A file in the folder of tenant files.
        case file
        /// The platform's operators, by its interface.
        case api
    }
}

/// Who does something to the platform, for its record.
package struct PlatformAuthor: Sendable {
    /// `operator:opr_…`, or `host` for who works on the server's own machine.
    package let name: String
    package let requestID: String

    package static func `operator`(_ id: OperatorID, requestID: String) -> PlatformAuthor {
        PlatformAuthor(name: "operator:\(id)", requestID: requestID)
    }

    package static func host(requestID: String) -> PlatformAuthor {
        PlatformAuthor(name: "host", requestID: requestID)
    }

    func event(_ type: String, of subject: String, at: Date) -> RecordPlatformEvent {
        RecordPlatformEvent(type: type, actor: name, subject: subject, requestID: requestID, at: at)
    }
}
