package import Foundation
package import PluginKit

/// Tells whom a rule of second factors would ask, and who could not get in under it, before it holds.
package struct SecondFactorPreview: Sendable {
    /// People that a preview names at most; its counts are of all.
    package static let mostPeople = 200

    private let tenant: Tenant
    private let cells: TenantCells
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, cells: TenantCells, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.cells = cells
        self.now = now
    }

    /// The effect of `rule` on the people of the tenant, as they are now.
    package func effect(of rule: SecondFactorRule) async throws -> Effect {
        let asked = try await Self.asked(by: rule, in: tenant.database)
        var people: [Person] = []
        for found in asked.prefix(Self.mostPeople) {
            let login = try await cells.login(found.sealedLogin, of: found.user).written
            people.append(Person(found, login: login, under: rule, at: now()))
        }
        let lockedOut = asked.filter { $0.isLockedOut(under: rule, at: now()) }
        return Effect(
            askedCount: asked.count, withoutFactorCount: asked.count { !$0.hasFactor },
            lockedOutCount: lockedOut.count, people: people, lockedOut: Set(lockedOut.map(\.user)),
            locksOutEveryOwner: Self.locksOutEveryOwner(asked, under: rule, at: now()))
    }

    /// How the people of a tenant stand to a rule; nothing of them is opened.
    package static func count(
        under rule: SecondFactorRule, in database: any TenantDatabase, at now: Date
    ) async throws -> Count {
        let asked = try await asked(by: rule, in: database)
        let graceEnds = asked.compactMap { $0.graceEnd(under: rule, at: now) }
        return Count(
            asked: asked.count, withoutFactor: graceEnds.count, lockedOut: graceEnds.count { $0 <= now },
            lastGraceEnd: graceEnds.filter { $0 > now }.max(),
            locksOutEveryOwner: locksOutEveryOwner(asked, under: rule, at: now))
    }

    /// How many people a rule asks, and how they stand.
    package struct Count: Sendable {
        package let asked: Int
        package let withoutFactor: Int
        package let lockedOut: Int
        /// When the last of those who have time left has to have a factor.
        package let lastGraceEnd: Date?
        package let locksOutEveryOwner: Bool
    }

    /// Whether nobody who could help would get in: every active owner is asked, has no factor and no grace left.
    static func locksOutEveryOwner(_ asked: [AskedPerson], under rule: SecondFactorRule, at now: Date) -> Bool {
        let owners = asked.filter { $0.roles.contains(BuiltInRole.owner.rawValue) }
        return !owners.isEmpty && owners.allSatisfy { $0.isLockedOut(under: rule, at: now) }
    }

    static func asked(by rule: SecondFactorRule, in runner: any StatementRunner) async throws -> [AskedPerson] {
        try await runner.rows(ListAskedPeople(rule: rule))
    }

    /// What a rule would do.
    package struct Effect: Sendable {
        package let askedCount: Int
        package let withoutFactorCount: Int
        package let lockedOutCount: Int
        /// The first of those who are asked.
        package let people: [Person]
        package let lockedOut: Set<UserID>
        package let locksOutEveryOwner: Bool
    }

    /// Somebody whom the rule asks.
    package struct Person: Sendable {
        package let user: UserID
        package let login: String
        package let roles: [String]
        package let hasFactor: Bool
        package let isLockedOut: Bool
        /// When he has to have a factor; `nil` where he has one.
        package let graceUntil: Date?

        init(_ asked: AskedPerson, login: String, under rule: SecondFactorRule, at now: Date) {
            user = asked.user
            self.login = login
            roles = asked.roles
            hasFactor = asked.hasFactor
            graceUntil = asked.graceEnd(under: rule, at: now)
            isLockedOut = asked.isLockedOut(under: rule, at: now)
        }
    }
}

/// An active person whom a rule asks for a second factor.
struct AskedPerson: Sendable {
    let user: UserID
    let sealedLogin: [UInt8]
    let roles: [String]
    let hasFactor: Bool
    let secondFactorSince: Date?

    /// When he has to have a factor; `nil` where he has one.
    func graceEnd(under rule: SecondFactorRule, at now: Date) -> Date? {
        hasFactor ? nil : rule.graceEnd(since: secondFactorSince ?? now)
    }

    func isLockedOut(under rule: SecondFactorRule, at now: Date) -> Bool {
        graceEnd(under: rule, at: now).map { $0 <= now } ?? false
    }
}
