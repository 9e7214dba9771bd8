import ArgumentParser
import Kernel
import PluginKit

/// `gatehouse keys list`: the keys of a tenant, the oldest first.
struct ListKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys of a tenant, with the last use of each of their secrets.")

    @OptionGroup var options: ProcessOptions

    @Option(help: "The tenant's slug.")
    var tenant: String

    func run() async throws {
        try await Installation.use(options) { [tenant] installation in
            let rows = try await installation.withKeys(of: tenant) { tenant, _ in
                try await Self.rows(of: tenant, in: installation.kernel)
            }
            try installation.output.show(rows) { rows.map(\.words).joined(separator: "\n") }
        }
    }

    private static func rows(of tenant: Tenant, in kernel: KernelServices) async throws -> [KeyRow] {
        let keys = try await kernel.apiKeys(of: tenant)
        var rows: [KeyRow] = []
        var last: KeyID?
        repeat {
            let page = try await keys.list(after: last, limit: 200)
            rows += page.map { KeyRow($0, of: tenant, at: kernel.now()) }
            last = page.last?.id
        } while last != nil
        return rows
    }
}
