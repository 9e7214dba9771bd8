import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse tenants apply`: brings a tenant in line with its file, and makes it where there is none.
struct ApplyTenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Bring a tenant in line with its file, at once and on every server; make it where there is none.",
        discussion: """
            Everything happens in one transaction or not at all. What is in force and does not stand in the file is removed \
            with --allow-removals only. Repeating it changes nothing.
            """)

    @OptionGroup var options: ProcessOptions
    @OptionGroup var bundle: BundleOptions

    @Flag(help: "Remove settings that are in force and do not stand in the file.")
    var allowRemovals = false

    @Flag(help: "Ask nothing.")
    var yes = false

    func run() async throws {
        let bundle = try TenantBundle.read(bundle.file, options: options)
        try await TenantConfiguring.use(options) { [allowRemovals, yes, file = self.bundle.file] configuring in
            let pending = try await configuring.changes(by: bundle)
            guard !pending.changes.isEmpty else {
                return try configuring.output.show(pending.row) { pending.row.words }
            }
            if !allowRemovals { try Self.refuse(pending.removals, of: bundle) }
            if !yes { try Self.ask(pending.row, canAnswer: file != "-") }
            let row = try await configuring.apply(bundle, pending)
            try configuring.output.show(row) { row.done }
        }
    }

    private static func refuse(_ removals: [SettingChange], of bundle: TenantBundle) throws {
        guard !removals.isEmpty else { return }
        let names = removals.map { "\($0.path)" }.joined(separator: ", ")
        Output.complain(
            "in force at \(bundle.slug) and not in the file: \(names); write them into the file, or repeat with "
                + "--allow-removals")
        throw ExitCode.refused
    }

    private static func ask(_ row: TenantChangesRow, canAnswer: Bool) throws {
        guard canAnswer, isatty(STDIN_FILENO) == 1 else {
            Output.complain("nobody can be asked here; look at `gatehouse tenants plan`, and repeat with --yes")
            throw ExitCode.usage
        }
        Output.complain(row.words)
        try? FileHandle.standardError.write(contentsOf: Data("Do this? [y/N] ".utf8))
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            Output.complain("nothing was changed")
            throw ExitCode.refused
        }
    }
}

extension TenantConfiguring {
    fileprivate func apply(_ bundle: TenantBundle, _ pending: Pending) async throws -> TenantChangesRow {
        if let record = pending.record {
            let done = try await services.configurations.bringInForce(bundle.change(of: record), by: author)
            return pending.row.at(done.tenant.revision)
        }
        guard case .done(let made) = try await services.onboarding.run(bundle.wish, by: author) else {
            throw OnboardingRefusal.changedMeanwhile
        }
        var row = pending.row.at(made.tenant.revision)
        if case .new(let invitation) = made.invitation { row.invitation = TenantChangesRow.Link(invitation) }
        return row
    }
}

extension TenantChangesRow {
    /// For people, when it is done.
    var done: String {
        let link = invitation.map { ["the owner's link works once, until \($0.expiresAt):", $0.url] } ?? []
        return (["\(tenant) is at revision \(revision)"] + link).joined(separator: "\n")
    }
}

extension TenantChangesRow.Link {
    init(_ new: NewInvitation) {
        self.init(token: new.token.withExposed { $0 }, url: new.url, expiresAt: new.invitation.expiresAt)
    }
}
