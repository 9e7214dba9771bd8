import ArgumentParser
import Foundation
import Kernel
import Metrics
import WebAPI

/// `gatehouse serve`: everything, until SIGTERM.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve all tenants.",
        discussion: """
            Reads the tenant files, opens the database (a private one under --data where no --database-url is given), \
            verifies that tenants are isolated, then serves. SIGHUP reads the tenant files again; SIGTERM finishes what \
            is in flight and ends. With --json one line on standard output says when it is ready and where.
            """
    )

    @OptionGroup var options: ProcessOptions
    @OptionGroup var serve: ServeOptions

    func run() async throws {
        let settings = try ProcessSettings.forCommand(options, serve: serve)
        let logger = CommandRun.startLogging(settings, readable: settings.isDevelopment)
        OpenFilesLimit.raise(logger: logger)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        try await CommandRun.guarded {
            let reading = TenantDirectory(path: settings.tenants, catalog: Program.plugins).read()
            guard reading.problems.isEmpty else {
                reading.problems.forEach { Output.complain($0.description) }
                throw ExitCode.refused
            }
            try await Serving(settings: settings, metrics: metrics, logger: logger).run()
        }
    }
}
