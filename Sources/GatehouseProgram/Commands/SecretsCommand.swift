import ArgumentParser

/// `gatehouse secrets`: whether secrets can be had.
struct SecretsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets",
        abstract: "Try the secrets of the process and of the tenants.",
        subcommands: [Test.self]
    )

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Resolve every secret that a tenant file refers to, and the process's own.",
            discussion: """
                Says of each what was found: a fingerprint, the version and when it was written; never the value. The \
                fingerprint tells whether two runs on this machine found the same value. Needs no database. Exits with \
                1 where one cannot be had.
                """
        )

        @OptionGroup var options: ProcessOptions

        @Option(help: "Only the secrets of this tenant, by its slug.")
        var tenant: String?

        func run() async throws {
            try await CommandRun.guarded {
                let settings = try ProcessSettings.forCommand(options)
                let logger = CommandRun.startLogging(settings, readable: true, saysAll: true)
                let rows = try await SecretsTrial(settings: settings, logger: logger).run(tenant: tenant)
                try Output(json: settings.json).show(rows) {
                    rows.isEmpty ? "no secret is referred to" : rows.map(\.words).joined(separator: "\n")
                }
                guard rows.allSatisfy({ $0.problem == nil }) else { throw ExitCode.refused }
            }
        }
    }
}
