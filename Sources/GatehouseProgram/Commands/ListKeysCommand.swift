import ArgumentParser
import Kernel
import PluginKit
import WebAPI

/// `gatehouse keys list`: the keys of a tenant, the oldest first.
struct ListKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys of a tenant, with the last use of each of their secrets.",
        discussion: "Lists the keys that meet all that is said of them. A key that was ended has no secret of any age.")

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "Keys that are \(APIKey.State.words).")
    var state: String?

    @OptionGroup var which: KeyFilterOptions

    @Option(help: "Keys of this person: usr_…")
    var owner: String?

    func run() async throws {
        let filter = try filter()
        try await Installation.use(options) { [tenant] installation in
            let rows = try await installation.withKeys(of: tenant) { tenant, _ in
                try await Self.rows(filter, of: tenant, in: installation.kernel)
            }
            try installation.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
        }
    }

    func filter() throws -> KeyListFilter {
        KeyListFilter(
            try which.filter(), state: try state.map(KeyArguments.state),
            owner: try owner.map { try KeyArguments.id($0, option: "--owner") })
    }

    private static func rows(
        _ filter: KeyListFilter, of tenant: Tenant, in kernel: KernelServices
    ) async throws -> [KeyView] {
        let keys = try await kernel.apiKeys(of: tenant)
        var rows: [KeyView] = []
        var last: KeyID?
        repeat {
            let page = try await keys.list(filter, after: last, limit: 200)
            rows += page.map { KeyView($0, of: tenant, at: kernel.now()) }
            last = page.last?.id
        } while last != nil
        return rows
    }
}

/// Which keys a command is about, by what they are.
struct KeyFilterOptions: ParsableArguments {
    @Option(help: "Keys whose secret is at least this old: 60d; 0s is all.")
    var olderThan: String?

    @Option(help: "Keys that have this scope.")
    var scope: String?

    @Option(help: "Keys of this name; with * at its end, those that begin so.")
    var name: String?

    var isGiven: Bool { olderThan != nil || scope != nil || name != nil }

    func filter() throws -> KeyFilter {
        KeyFilter(
            olderThanSeconds: try olderThan.map(KeyArguments.age), scope: try scope.map(KeyArguments.scope),
            name: try name.map { try KeyArguments.name($0) })
    }
}

extension APIKey.State {
    /// All that a key may be.
    static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
