import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants check`: tries one tenant from outside, and says what is left to do.
struct TenantCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Try a tenant as its clients do, and say what is left to do.",
        discussion: """
            Looks whether its secrets are there, its issuer answers at the public address, a sign-in of nobody is refused as \
            it should be, no other tenant's rows can be reached, it has an owner, and none of its keys is overdue. What fails \
            makes the command end with 1.
            """)

    @OptionGroup var options: ProcessOptions

    @Argument(help: "The slug, such as acme.")
    var tenant: String

    func run() async throws {
        try await TenantServices.use(options) { installation, services in
            let checks = try await installation.withTenant(tenant) { await services.checks.examine($0) }
            let rows = checks.map(TenantCheckRow.init)
            try installation.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
            guard !checks.contains(where: { $0.state == .failed }) else { throw ExitCode.refused }
        }
    }
}

/// A check of a tenant, as commands print it.
struct TenantCheckRow: Encodable {
    private let name: String
    private let state: String
    private let detail: String
    private let fix: String?

    init(_ check: TenantCheck) {
        (name, state) = (check.name.rawValue, check.state.rawValue)
        (detail, fix) = (check.detail, check.fix)
    }

    var words: String { "\(state)\t\(name)\t\(detail)" + (fix.map { "; \($0)" } ?? "") }
}
