import Kernel
import Logging
import PluginKit
import ServiceLifecycle

/// Does what is due about the tenants' keys, every few seconds. A failure is logged; the next round tries again.
struct KeyClock: Service, CustomStringConvertible {
    let kernel: KernelServices
    let registry: TenantRegistry
    let alarms: TenantAlarms
    let logger: Logger
    var interval = Duration.seconds(5)
    // What the log calls this service.
    var description: String { "key clock" }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                await tick()
                try await Task.sleep(for: interval)
            }
        }
    }

    private func tick() async {
        do {
            try await alarms.forEach { id in
                // Another node serves it, or none does.
                guard let tenant = registry.tenant(id: id) else { return }
                await ring(for: tenant)
            }
            await kernel.keyCensus.refresh(registry.tenant(id:))
        } catch is CancellationError {
            return
        } catch {
            logger.error("what is due about API keys could not be found out", metadata: ["error": "\(error)"])
        }
    }

    // One tenant's trouble must not keep the others waiting.
    private func ring(for tenant: Tenant) async {
        do {
            try await kernel.keyDues(of: tenant).run()
        } catch is CancellationError {
            return
        } catch {
            tenant.logger.error("what is due about API keys was not done", metadata: ["error": "\(error)"])
        }
    }
}

/// Writes down how keys were used, in batches, and once more at the end.
struct KeyUseWriting: Service, CustomStringConvertible {
    let uses: KeyUses
    // What the log calls this service.
    var description: String { "key uses" }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: KeyUses.interval)
                // Begun is finished: what was taken out of memory is written, even while the server ends.
                await Task { await uses.flush() }.value
            }
        }
        await uses.flush()
    }
}
