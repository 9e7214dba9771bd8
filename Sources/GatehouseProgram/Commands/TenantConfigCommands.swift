import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// Commands that bring tenants of the database in line with files: a tenant's file in git is the same document.
enum TenantConfigCommands {
    static let all: [any ParsableCommand.Type] = [
        PlanTenantCommand.self, ApplyTenantCommand.self, DriftCommand.self, RollBackTenantCommand.self,
        ExportTenantCommand.self, ListRevisionsCommand.self,
    ]
}

/// What the commands on configurations work with.
struct TenantConfiguring {
    let installation: Installation
    let services: TenantServices

    var output: Output { installation.output }
    var author: OnboardingAuthor { .host(.host(installation.newRequest)) }

    /// Lends what the commands need; what is refused ends the command with words and an exit code.
    static func use(
        _ options: ProcessOptions, _ body: @escaping (TenantConfiguring) async throws -> Void
    ) async throws {
        try await TenantServices.use(options) { installation, services in
            try await body(TenantConfiguring(installation: installation, services: services))
        }
    }

    /// The tenant of a slug, where it is one of the database; `nil` where there is none.
    func record(of slug: String) async throws -> TenantRecord? {
        let record = try await installation.record(of: slug)
        if let file = file(of: record?.slug ?? slug), record?.managedBy != .api { throw described(slug, by: file) }
        guard let record else { return nil }
        guard record.managedBy == .api else {
            throw described(slug, by: "a file that is not in \(installation.settings.tenants)")
        }
        guard record.state == .active || record.state == .suspended else { throw OnboardingRefusal.slugKept }
        return record
    }

    /// The same, where there must be one.
    func existing(_ slug: String) async throws -> TenantRecord {
        guard let record = try await record(of: slug) else {
            throw NoSuchTenant(slug)
        }
        return record
    }

    func inForce(_ record: TenantRecord) async throws -> ConfigurationInForce {
        guard let found = try await services.configurations.inForce(record) else {
            throw OnboardingRefusal.changedMeanwhile
        }
        return found
    }

    /// The file of the tenants' folder that describes a tenant.
    func file(of slug: String) -> String? {
        guard let slug = TenantSlug(slug) else { return nil }
        return [".yaml", ".yml"].map { "\(installation.settings.tenants)/\(slug)\($0)" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    private func described(_ slug: String, by file: String) -> ExitCode {
        Output.complain(
            "\(slug) is described by \(file): change that file and send the servers SIGHUP. This command is for tenants "
                + "of the database, whose files are kept outside of \(installation.settings.tenants)")
        return ExitCode.refused
    }
}
