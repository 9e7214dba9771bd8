import Kernel
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the tenant files again on SIGHUP: good ones take effect at once, a bad one changes nothing and says why.
struct ReloadOnHangup: Service, CustomStringConvertible {
    let tenants: ServedTenants
    let logger: Logger
    // What the log calls this service.
    var description: String { "reload on SIGHUP" }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown()
        for await _ in signals {
            await reload()
        }
    }

    private func reload() async {
        do {
            guard case .done(let opened, let kept, let dropped, let failed) = try await tenants.load() else { return }
            logger.notice(
                "the tenant files were read again",
                metadata: [
                    "opened": "\(opened)", "unchanged": "\(kept)", "dropped": "\(dropped)", "failed": "\(failed)",
                ])
        } catch let refused as TenantFilesRefused {
            for problem in refused.problems {
                logger.error("a tenant file has a problem; nothing was changed", metadata: ["problem": "\(problem)"])
            }
        } catch {
            logger.error("the tenant files were not taken up; nothing was changed", metadata: ["error": "\(error)"])
        }
    }
}
