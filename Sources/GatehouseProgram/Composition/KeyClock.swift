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
    /// How many rounds pass before tenants with overdue keys are counted again.
    var roundsPerCount = 6
    // What the log calls this service.
    var description: String { "key clock" }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            for round in 0... {
                await tick()
                if round.isMultiple(of: roundsPerCount) { await count() }
                try await Task.sleep(for: interval)
            }
        }
    }

    /// Counts the overdue keys of the tenants that have or had some, for the metrics, which must fail nothing.
    private func count() async {
        let overdue = try? await alarms.withOverdueKeys(limit: Self.countedAtMost)
        let tenants = Set(overdue ?? []).union(kernel.keyCensus.withOverdueKeys)
        _ = try? await Array(tenants).concurrentMap(atMost: 4) { id in
            do {
                guard let tenant = try await registry.tenant(id: id) else { return }
                try await kernel.keyCensus.count(tenant)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.debug(
                    "overdue API keys could not be counted", metadata: ["tenant": "\(id)", "error": "\(error)"])
            }
        }
    }

    /// More tenants with overdue keys than that are too many to look at one by one.
    private static let countedAtMost = 1000

    private func tick() async {
        do {
            try await alarms.forEach { id in
                await ring(for: id)
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("what is due about API keys could not be found out", metadata: ["error": "\(error)"])
        }
    }

    // One tenant's trouble must not keep the others waiting.
    private func ring(for id: TenantID) async {
        do {
            // Of a tenant whose file is gone, nothing is done.
            guard let tenant = try await registry.tenant(id: id) else { return }
            try await kernel.keyDues(of: tenant).run()
        } catch is CancellationError {
            return
        } catch {
            logger.error(
                "what is due about API keys was not done", metadata: ["tenant": "\(id)", "error": "\(error)"])
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
