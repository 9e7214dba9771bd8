import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants create`: a tenant that works, in one call.
struct TenantCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a tenant that works, or finish one that was begun.",
        discussion: """
            Makes the tenant with its keys, its configuration and its first owner's invitation, in one transaction, then \
            tries it from outside. Repeating the command does no harm: what is there stays, what is missing is added. A \
            server need not run, and need not be restarted. The invitation's link and the API key are shown this once.
            """)

    @OptionGroup var options: ProcessOptions

    @Argument(help: "The tenant's slug, such as acme.")
    var slug: String

    @Option(help: "The tenant's name as people read it. (default: as it is, or the slug)")
    var name: String?

    @Option(help: "The login that is invited as first owner.")
    var admin: String?

    @Flag(help: "Replace an invitation that is open, since its link was lost.")
    var reinvite = false

    @Option(help: "A tenant file to take the configuration from. (default: the operator's template)")
    var config: String?

    @Option(help: "The name of a first API key that is to be there.")
    var keyName: String?

    @Option(parsing: .upToNextOption, help: "What that key allows, such as users.read.")
    var keyScope: [String] = []

    @Flag(help: "Refuse a tenant that exists already.")
    var new = false

    func run() async throws {
        // What is wrong with the command line is said before anything is opened.
        let wish = try wish()
        try await TenantServices.use(options, source: config ?? "the configuration") { installation, services in
            let author = OnboardingAuthor.host(.host(installation.newRequest))
            guard case .done(let done) = try await services.onboarding.run(wish, by: author) else {
                throw DatabaseError.unavailable
            }
            let checks = await services.checks.run(done.tenant)
            let report = OnboardingReport(done, checks: checks)
            try installation.output.show(report) { report.words }
            guard !checks.contains(where: { $0.state == .failed }) else { throw ExitCode.refused }
        }
    }

    private func wish() throws -> OnboardingWish {
        guard let slug = TenantSlug(slug) else {
            throw ValidationError("\(slug): \(TenantSlug.problem(slug) ?? "is no slug")")
        }
        if reinvite, admin == nil { throw ValidationError("--reinvite needs --admin") }
        return OnboardingWish(
            slug: slug, name: try tenantName(), configuration: try configuration(), admin: try adminWish(),
            key: try key(), mustBeNew: new)
    }

    private func tenantName() throws -> String? {
        guard let name else { return nil }
        guard DisplayName(name) != nil else { throw ValidationError("--name: \(DisplayName.problem)") }
        return name
    }

    private func configuration() throws -> SettingsNode? {
        guard let config else { return nil }
        guard let data = FileManager.default.contents(atPath: config) else {
            throw ValidationError("--config: \(config) cannot be read")
        }
        do {
            return try SettingsParser.parse(Array(data))
        } catch {
            error.list.forEach { Output.complain("\(config):\($0)") }
            throw ExitCode.refused
        }
    }

    private func adminWish() throws -> OnboardingWish.Admin? {
        guard let admin else { return nil }
        guard let login = Login(admin) else {
            throw ValidationError("--admin: \(Login.problem(with: admin) ?? "is no login")")
        }
        return OnboardingWish.Admin(login: login, isInvitedAnew: reinvite)
    }

    private func key() throws -> NewAPIKey? {
        guard let keyName else {
            guard keyScope.isEmpty else { throw ValidationError("--key-scope needs --key-name") }
            return nil
        }
        guard DisplayName(keyName) != nil else { throw ValidationError("--key-name: \(DisplayName.problem)") }
        guard !keyScope.isEmpty else { throw ValidationError("--key-name needs --key-scope") }
        let scopes = try keyScope.map { text in
            guard let scope = Permission(rawValue: text) else {
                throw ValidationError("--key-scope: \(text) is no permission")
            }
            return scope
        }
        return NewAPIKey(name: keyName, scopes: scopes)
    }
}
