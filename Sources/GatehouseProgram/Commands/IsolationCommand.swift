import ArgumentParser
import PluginKit

/// `gatehouse isolation`: whether the database keeps tenants apart.
struct IsolationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isolation",
        abstract: "Whether the database keeps tenants apart.",
        subcommands: [Verify.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the catalogue, and try to leave a tenant.",
            discussion: """
                Looks at every role, table, policy and function, then tries as a tenant that does not exist to read each \
                table of tenants, to write into another tenant and to claim one. A server does the same before it serves. \
                Exits with 1 where anything is open, or could not be tried. Changes nothing.
                """
        )

        @OptionGroup var options: ProcessOptions

        func run() async throws {
            try await CommandRun.guarded {
                let settings = try ProcessSettings.forCommand(options)
                let logger = CommandRun.startLogging(settings, readable: true, saysAll: true)
                let findings = await Examination(settings: settings, logger: logger).findingsOfIsolation()
                try Output(json: settings.json).show(["findings": findings]) {
                    findings.map(\.words).joined(separator: "\n")
                }
                // What could not be looked at proves nothing.
                guard findings.allSatisfy({ $0.severity == .good }) else { throw ExitCode.refused }
            }
        }
    }
}
