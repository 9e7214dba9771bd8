import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants rollback`: goes back to what an earlier revision says.
struct RollBackTenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Bring what an earlier revision says into force again, as a new revision.",
        discussion: "It is checked and tried as any other configuration is.")

    @OptionGroup var options: ProcessOptions

    @Argument(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "The revision to go back to; `gatehouse tenants revisions` lists them.")
    var to: Int

    func run() async throws {
        try await TenantConfiguring.use(options) { [tenant, to] configuring in
            let record = try await configuring.existing(tenant)
            let configurations = configuring.services.configurations
            guard let change = try await configurations.change(of: record, backTo: to) else {
                Output.complain("\(tenant) has no revision \(to); `gatehouse tenants revisions \(tenant)` lists them")
                throw ExitCode.refused
            }
            let plan = try await configurations.preview(change)
            let done = try await configurations.bringInForce(change, by: configuring.author)
            let row = TenantChangesRow(tenant: record.slug, revision: done.tenant.revision, plan: plan)
            try configuring.output.show(row) { row.words }
        }
    }
}

/// `gatehouse tenants export`: the document that is in force.
struct ExportTenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print the configuration of a tenant that is in force, as a tenant file.",
        discussion: "It holds references to secrets and no secret, and nobody's membership.")

    @OptionGroup var options: ProcessOptions

    @Argument(help: "The tenant's slug.")
    var tenant: String

    func run() async throws {
        try await TenantConfiguring.use(options) { [tenant] configuring in
            let exported = try await configuring.export(tenant)
            try configuring.output.show(exported) {
                exported.document.hasSuffix("\n") ? String(exported.document.dropLast()) : exported.document
            }
        }
    }
}

/// `gatehouse tenants revisions`: the history of a tenant's configuration.
struct ListRevisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revisions",
        abstract: "List the revisions of a tenant's configuration, the newest first.")

    @OptionGroup var options: ProcessOptions

    @Argument(help: "The tenant's slug.")
    var tenant: String

    func run() async throws {
        try await TenantConfiguring.use(options) { [tenant] configuring in
            let record = try await configuring.existing(tenant)
            let revisions = configuring.services.configurations.revisions(of: record.id)
            var rows: [RevisionRow] = []
            var last: Int?
            repeat {
                let page = try await revisions.list(before: last, limit: 200)
                rows += page.map { RevisionRow($0, inForce: record.revision) }
                last = page.last?.number
            } while last != nil
            try configuring.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
        }
    }
}

/// A revision as the commands print it.
private struct RevisionRow: Encodable {
    let revision: Int
    let author: String
    let createdAt: Date
    let isInForce: Bool

    init(_ summary: RevisionSummary, inForce: Int) {
        revision = summary.number
        author = summary.author
        createdAt = summary.createdAt
        isInForce = summary.number == inForce
    }

    var words: String { "\(revision)\t\(createdAt.formatted(.iso8601))\t\(author)\(isInForce ? "\tin force" : "")" }
}

/// A configuration as the commands print it.
private struct ExportRow: Encodable {
    let tenant: String
    let revision: Int
    let managedBy: String
    /// In YAML.
    let document: String
}

extension TenantConfiguring {
    /// The document of a tenant, be it of the database or of a file.
    fileprivate func export(_ slug: String) async throws -> ExportRow {
        if let record = try await installation.record(of: slug), record.managedBy == .api {
            let found = try await inForce(record)
            return ExportRow(
                tenant: record.slug, revision: found.revision, managedBy: found.managedBy.rawValue,
                document: String(decoding: found.bytes, as: UTF8.self))
        }
        let reading = TenantDirectory(path: installation.settings.tenants, catalog: Program.plugins).read()
        guard let plan = reading.plans.first(where: { $0.slug.text == slug }) else {
            throw NoSuchTenant(slug)
        }
        return ExportRow(
            tenant: slug, revision: 0, managedBy: TenantRecord.Manager.file.rawValue,
            document: String(decoding: plan.document, as: UTF8.self))
    }
}
