import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants`: the registry of tenants.
struct TenantsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenants",
        abstract: "Make, look at, suspend and delete the tenants of this installation.",
        subcommands: [
            TenantCreateCommand.self, List.self, Show.self, TenantCheckCommand.self, Suspend.self, Resume.self,
            MoveIssuer.self, TenantDomainsCommand.self, TenantDeleteCommand.self, TenantReceiptCommand.self,
        ] + TenantConfigCommands.all
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
                guard let record = try await installation.record(of: tenant) else { throw NoSuchTenant(tenant) }
                let row = TenantRow(record)
                try installation.output.show(row) { row.words }
            }
        }
    }
}

extension TenantsCommand {
    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse everybody of a tenant, on every node, until it is resumed. Nothing is lost.")

        @OptionGroup var options: ProcessOptions

        @Argument(help: "The slug, such as acme, or the id, such as ten_….")
        var tenant: String

        func run() async throws { try await TenantsCommand.set(.suspended, of: tenant, options) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the people and keys of a suspended tenant in again.")

        @OptionGroup var options: ProcessOptions

        @Argument(help: "The slug, such as acme, or the id, such as ten_….")
        var tenant: String

        func run() async throws { try await TenantsCommand.set(.active, of: tenant, options) }
    }

    struct MoveIssuer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "move-issuer",
            abstract: "Let a tenant's tokens be issued under the present --public-url.",
            discussion: """
                The issuer of a tenant is fixed when it is made, and outlasts a change of --public-url. Moving it makes every \
                access token out there worthless at once; sessions go on with their next refresh. Whoever verifies tokens \
                has to trust the new issuer.
                """)

        @OptionGroup var options: ProcessOptions

        @Argument(help: "The slug, such as acme, or the id, such as ten_….")
        var tenant: String

        func run() async throws {
            try await TenantsCommand.change(tenant, options) { installation, record, author in
                try await installation.tenantRecords.set(
                    issuer: installation.issuers.issuer(of: record.slug), of: record.id, by: author)
            }
        }
    }

    private static func set(_ state: TenantRecord.State, of tenant: String, _ options: ProcessOptions) async throws {
        try await change(tenant, options) { installation, record, author in
            try await installation.tenantRecords.set(state, of: record.id, by: author)
        }
    }

    /// Changes the registry's record of a tenant, and shows what it is now. Servers hear of it by themselves.
    private static func change(
        _ tenant: String, _ options: ProcessOptions,
        _ deed: @escaping (Installation, TenantRecord, PlatformAuthor) async throws -> TenantRecord?
    ) async throws {
        try await Installation.use(options) { installation in
            guard let record = try await installation.record(of: tenant),
                let changed = try await deed(installation, record, installation.hostAuthor)
            else { throw NoSuchTenant(tenant) }
            let row = TenantRow(changed)
            try installation.output.show(row) { row.words }
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
    let issuer: String?
    let revision: Int
    let trouble: String?
    let hasOwner: Bool
    let createdAt: Date

    init(_ record: TenantRecord) {
        id = record.id
        slug = record.slug
        name = record.name
        state = record.state.rawValue
        managedBy = record.managedBy.rawValue
        issuer = record.issuer
        revision = record.revision
        trouble = record.trouble
        hasOwner = record.ownedAt != nil
        createdAt = record.createdAt
    }

    var words: String {
        """
        tenant      \(slug)
        id          \(id)
        name        \(name)
        state       \(state)
        managed by  \(managedBy == TenantRecord.Manager.file.rawValue ? "a file" : "revision \(revision) of its document")
        issuer      \(issuer ?? "follows --public-url")
        has owner   \(hasOwner ? "yes" : "no")
        """ + (trouble.map { "\ntrouble     \($0)" } ?? "")
    }
}
