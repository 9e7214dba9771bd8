import Kernel
import Logging
import PluginKit
import ServiceLifecycle

/// Deletes what is past its date, every quarter of an hour. A failure is logged; the next round tries again.
struct Janitor: Service, CustomStringConvertible {
    let retention: Retention
    let logger: Logger
    var interval = Duration.seconds(900)
    // What the log calls this service.
    var description: String { "janitor" }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: interval)
                await sweep()
            }
        }
    }

    private func sweep() async {
        do {
            let sweep = try await retention.purge()
            let deleted = sweep.deleted.filter { $0.value > 0 }
            if !deleted.isEmpty { logger.info("purged rows past their date", metadata: ["rows": "\(deleted)"]) }
            for (table, error) in sweep.failures.sorted(by: { $0.key < $1.key }) {
                logger.error("purging failed", metadata: ["table": "\(table)", "error": "\(error)"])
            }
        } catch {
            // The process ends.
            return
        }
    }
}
