import ArgumentParser
import Kernel
import PluginKit

/// `gatehouse tenants plan`: what a file would change.
struct PlanTenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract:
            "Show what a tenant's file would change, whom that would touch, and what to think of. Changes nothing.")

    @OptionGroup var options: ProcessOptions
    @OptionGroup var bundle: BundleOptions

    func run() async throws {
        let bundle = try TenantBundle.read(bundle.file, options: options)
        try await TenantConfiguring.use(options) { configuring in
            let row = try await configuring.changes(by: bundle).row
            try configuring.output.show(row) { row.words }
        }
    }
}

/// `gatehouse tenants drift`: whether a file and the database say the same.
struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Tell whether a tenant is as its file says; exits with 1 where it is not.",
        discussion: "Shows what `tenants apply` would change. Changes nothing.")

    @OptionGroup var options: ProcessOptions
    @OptionGroup var bundle: BundleOptions

    func run() async throws {
        let bundle = try TenantBundle.read(bundle.file, options: options)
        try await TenantConfiguring.use(options) { configuring in
            let record = try await configuring.record(of: bundle.slug.text)
            let present = try await record.mapAsync { try await configuring.inForce($0).document }
            let diff = ConfigurationDiff(from: present ?? SettingsNode(.null, line: 1), to: bundle.document)
            let row = TenantChangesRow(
                tenant: bundle.slug.text, revision: record?.revision ?? 0, changes: diff.changes)
            try configuring.output.show(row) { row.words }
            guard diff.isEmpty else { throw ExitCode.refused }
        }
    }
}

extension TenantConfiguring {
    /// What a file would change at a tenant, or of nothing where there is no tenant.
    struct Pending {
        let record: TenantRecord?
        let changes: [SettingChange]
        let row: TenantChangesRow

        var removals: [SettingChange] { changes.filter { $0.kind == .removed } }
    }

    func changes(by bundle: TenantBundle) async throws -> Pending {
        guard let record = try await record(of: bundle.slug.text) else {
            let changes = ConfigurationDiff(from: SettingsNode(.null, line: 1), to: bundle.document).changes
            let row = TenantChangesRow(tenant: bundle.slug.text, revision: 0, changes: changes)
            return Pending(record: nil, changes: changes, row: row)
        }
        let plan = try await services.configurations.preview(bundle.change(of: record))
        let row = TenantChangesRow(tenant: record.slug, revision: record.revision, plan: plan)
        return Pending(record: record, changes: plan.changes, row: row)
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func mapAsync<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
