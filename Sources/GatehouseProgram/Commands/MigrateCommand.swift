import ArgumentParser
import Foundation
import Kernel
import PluginKit
import PostgresStore

/// `gatehouse migrate`: brings the schema up to date and installs the context keys.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database's schema up to this program's, and install the process's context keys.",
        discussion: """
            Forward only; safe when several run at once, and while nodes serve. Needs --migration-database-url, or no \
            database URL at all for the private cluster. With --plan nothing changes; it exits with 1 where something \
            would run or the database's history contradicts this program.
            """
    )

    @OptionGroup var options: ProcessOptions

    @Flag(help: "Show what would run, and change nothing.")
    var plan = false

    func run() async throws {
        try await CommandRun.guarded {
            let settings = try ProcessSettings.forCommand(options)
            let logger = CommandRun.startLogging(settings, readable: !settings.json)
            try await ProcessSecrets.use(settings, logger: logger) { secrets, home in
                let keys = plan ? nil : try await ProcessKeys.read(from: secrets)
                try await home.use { addresses in
                    guard let migrator = addresses.migrator else {
                        Output.complain(
                            "--migration-database-url is missing: the address of the role gatehouse_migrator")
                        throw ExitCode.usage
                    }
                    try await run(MigrationRunner(connection: migrator, logger: logger), keys, settings)
                }
            }
        }
    }

    private func run(_ runner: MigrationRunner, _ keys: ProcessKeys?, _ settings: ProcessSettings) async throws {
        let output = Output(json: settings.json)
        if let keys {
            try await apply(runner, keys: keys, output: output)
        } else {
            try await show(try await runner.plan(), output: output)
        }
    }

    private func show(_ plan: MigrationPlan, output: Output) async throws {
        let report = PlanReport(applied: plan.applied, pending: plan.pending, drift: plan.drift)
        try output.show(report) {
            let pending = plan.pending.map { "would run \($0)" }
            let summary = plan.isCurrent ? ["nothing to do: \(plan.applied.count) migrations have run"] : []
            return (plan.drift + pending + summary).joined(separator: "\n")
        }
        guard plan.isCurrent else { throw ExitCode.refused }
    }

    private func apply(_ runner: MigrationRunner, keys: ProcessKeys, output: Output) async throws {
        let applied = try await runner.apply()
        try await runner.installContextKeys(keys.context)
        try output.show(["applied": applied]) {
            (applied.map { "ran \($0)" } + ["the schema is current; the context keys are installed"])
                .joined(separator: "\n")
        }
    }
}

/// What `migrate --plan` shows.
private struct PlanReport: Encodable {
    let applied: [String]
    let pending: [String]
    let drift: [String]
}
