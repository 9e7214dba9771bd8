import Foundation
import Kernel

/// What a configuration would change, or has changed, as the commands print it.
struct TenantChangesRow: Encodable {
    let tenant: String
    /// The revision that is in force when the command ends; 0 where there is no such tenant.
    let revision: Int
    let changes: [Change]
    let affected: [Effect]
    let warnings: [Warning]
    /// The invitation of the first owner of a tenant that was made.
    var invitation: Link?

    struct Change: Encodable {
        let path: String
        let kind: String
        let from: String?
        let to: String?
    }

    struct Effect: Encodable {
        let code: String
        let path: String
        let count: Int
        let message: String
    }

    struct Warning: Encodable {
        let code: String
        let path: String
        let message: String
    }

    struct Link: Encodable {
        let token: String
        let url: String
        let expiresAt: Date
    }

    init(tenant: String, revision: Int, plan: ConfigurationPlan) {
        self.init(tenant: tenant, revision: revision, changes: plan.changes, plan)
    }

    /// Changes that nobody is counted for.
    init(tenant: String, revision: Int, changes: [SettingChange]) {
        self.init(tenant: tenant, revision: revision, changes: changes, nil)
    }

    private init(tenant: String, revision: Int, changes: [SettingChange], _ plan: ConfigurationPlan?) {
        self.tenant = tenant
        self.revision = revision
        self.changes = changes.map { Change(path: "\($0.path)", kind: $0.kind.rawValue, from: $0.from, to: $0.to) }
        affected = (plan?.affected ?? []).map {
            Effect(code: $0.code.rawValue, path: $0.path, count: $0.count, message: $0.message)
        }
        warnings = (plan?.warnings ?? []).map {
            Warning(code: $0.code.rawValue, path: $0.path, message: $0.message)
        }
    }

    /// The same when another revision is in force.
    func at(_ revision: Int) -> TenantChangesRow {
        TenantChangesRow(self, revision: revision)
    }

    private init(_ row: TenantChangesRow, revision: Int) {
        tenant = row.tenant
        self.revision = revision
        (changes, affected, warnings, invitation) = (row.changes, row.affected, row.warnings, row.invitation)
    }

    /// For people: each change on a line, then whom it touches, then what to think of.
    var words: String {
        guard !changes.isEmpty else { return "\(tenant), revision \(revision): no change" }
        let touched = affected.isEmpty ? [] : ["who is affected:"] + affected.map { "  \($0.count) \($0.message)" }
        let cautions = warnings.isEmpty ? [] : ["think of this:"] + warnings.map { "  \($0.path): \($0.message)" }
        let head = revision == 0 ? "\(tenant), not there yet" : "\(tenant), revision \(revision)"
        return ([head] + changes.map(\.words) + touched + cautions).joined(separator: "\n")
    }
}

extension TenantChangesRow.Change {
    fileprivate var words: String {
        switch (from, to) {
        case (nil, let to): "  + \(path): \(to ?? "")"
        case (let from?, nil): "  - \(path): \(from)"
        case (let from?, let to?): "  ~ \(path): \(from) -> \(to)"
        }
    }
}
