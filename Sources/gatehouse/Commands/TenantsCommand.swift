import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants`: the registry of tenants.
struct TenantsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenants",
        abstract: "Look at the tenants of this installation.",
        subcommands: [List.self, Show.self] + TenantConfigCommands.all
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all tenants, in the order in which they were made.")

        @OptionGroup var options: ProcessOptions

        func run() async throws {
            try await Installation.use(options) { installation in
                var tenants: [TenantRow] = []
                var last: TenantID?
                repeat {
                    let page = try await installation.tenantRecords.list(after: last, limit: 200)
                    tenants += page.map(TenantRow.init)
                    last = page.last?.id
                } while last != nil
                try installation.output.show(tenants) {
                    tenants.map { "\($0.slug)\t\($0.state)\t\($0.managedBy)\t\($0.id)\t\($0.name)" }
                        .joined(separator: "\n")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one tenant, by its slug or its id.")

        @OptionGroup var options: ProcessOptions

        @Argument(help: "The slug, such as acme, or the id, such as ten_….")
        var tenant: String

        func run() async throws {
            try await Installation.use(options) { installation in
                guard let record = try await installation.record(of: tenant) else {
                    Output.complain("there is no tenant \(tenant); `gatehouse tenants list` shows them all")
                    throw ExitCode.refused
                }
                let row = TenantRow(record)
                try installation.output.show(row) {
                    """
                    tenant      \(row.slug)
                    id          \(row.id)
                    name        \(row.name)
                    state       \(row.state)
                    managed by  \(row.managedBy)
                    has owner   \(row.hasOwner ? "yes" : "no")
                    """
                }
            }
        }
    }
}

/// A tenant as the commands print it.
private struct TenantRow: Encodable {
    let id: TenantID
    let slug: String
    let name: String
    let state: String
    let managedBy: String
    let hasOwner: Bool
    let createdAt: Date

    init(_ record: TenantRecord) {
        id = record.id
        slug = record.slug
        name = record.name
        state = record.state.rawValue
        managedBy = record.managedBy.rawValue
        hasOwner = record.ownedAt != nil
        createdAt = record.createdAt
    }
}
