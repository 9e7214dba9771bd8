package import Foundation
import PluginKit

/// The roles of one tenant: the five built-in ones and its own.
package struct Roles: Sendable {
    private let tenant: Tenant
    private let change: Change
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, cells: TenantCells, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.now = now
        change = Change(tenant: tenant, audit: AuditTrail(database: tenant.database, cells: cells, now: now))
    }

    /// The built-in roles from the highest down, then the tenant's own by name.
    package func list() async throws -> [Role] {
        BuiltInRole.allCases.map(Role.init) + (try await tenant.database.rows(ListRoles()))
    }

    package func role(_ name: String) async throws -> Role? {
        if let builtIn = BuiltInRole(rawValue: name) { return Role(builtIn) }
        return try await tenant.database.first(FindRole(name: name))
    }

    /// Makes a role of the tenant's own, or changes one.
    ///
    /// What the role allows, before and after, must lie within what the caller may do: else a role that others already
    /// have could be widened from below.
    ///
    /// - Parameter expected: the version to replace; `nil` makes a new role and refuses to touch an old one.
    package func write(
        _ name: String, permissions: Set<Permission>, expected: Int?, by caller: Caller
    ) async throws -> Outcome<Role> {
        try await change.run(.roleWritten, of: name, by: caller) { transaction in
            guard BuiltInRole(rawValue: name) == nil else { throw Refusal.forbidden }
            let present = try await transaction.first(FindRole(name: name))
            guard present?.version == expected else { throw Refusal.versionConflict }
            let touched = permissions.union(present?.permissions ?? [])
            guard Authorizer.mayHandOut(caller, touched) else { throw Refusal.forbidden }
            let write = WriteRole(name: name, permissions: permissions, expected: expected, at: now())
            guard let written = try await transaction.first(write) else { throw Refusal.versionConflict }
            let details = ["permissions": permissions.sorted().map(\.rawValue).joined(separator: " ")]
            // Who has the role may come under the rule of second factors by it, or leave it.
            let duties = SyncSecondFactorDuties(user: nil, rule: tenant.policy.secondFactor, at: now())
            _ = try await transaction.run([
                BoundStatement(duties), try change.event(.roleWritten, of: name, by: caller, details: details),
            ])
            return written
        }
    }

    /// What the named roles allow together.
    ///
    /// - Throws: ``Refusal/unknownRole(_:)`` for a name that is no role of this tenant.
    func permissions(of names: [String], in runner: any StatementRunner) async throws -> Set<Permission> {
        var permissions: Set<Permission> = []
        var own: [String] = []
        for name in names {
            guard let builtIn = BuiltInRole(rawValue: name) else {
                own.append(name)
                continue
            }
            permissions.formUnion(builtIn.permissions)
        }
        guard !own.isEmpty else { return permissions }
        let found = try await runner.rows(FindRoles(names: own))
        if let missing = own.first(where: { name in !found.contains { $0.name == name } }) {
            throw Refusal.unknownRole(missing)
        }
        return found.reduce(into: permissions) { $0.formUnion($1.permissions) }
    }
}
