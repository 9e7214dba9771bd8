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
            let deleted = try await retention.purge().filter { $0.value > 0 }
            if !deleted.isEmpty { logger.info("purged rows past their date", metadata: ["rows": "\(deleted)"]) }
        } catch {
            logger.error("purging failed", metadata: ["error": "\(error)"])
        }
    }
}
