import Kernel
import Logging
import ServiceLifecycle

/// Works on operations that wait for somebody, one at a time; several nodes share them. A failure is logged and noted with
/// the operation, which is tried again.
struct OperationRunner: Service, CustomStringConvertible {
    let offboarding: Offboarding
    let logger: Logger
    var interval = Duration.seconds(2)
    // What the log calls this service.
    var description: String { "operations" }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Long work must not keep this node from hearing of what others begin.
                group.addTask { try await again { await forget() } }
                group.addTask { try await again { while await workOnOne() {} } }
                try await group.waitForAll()
            }
        }
    }

    private func again(_ body: () async -> Void) async throws {
        while true {
            await body()
            try await Task.sleep(for: interval)
        }
    }

    /// Drops what this node remembers of tenants that are on their way out, wherever that was begun.
    private func forget() async {
        do {
            try await offboarding.forgetDeparting()
        } catch is CancellationError {
            return
        } catch {
            logger.debug("which tenants are let go of could not be found out", metadata: ["error": "\(error)"])
        }
    }

    /// - Returns: whether there may be more to do at once.
    private func workOnOne() async -> Bool {
        let log = OperationLog(logger: logger)
        do {
            guard let left = try await offboarding.runNext({ log.tell($0) }) else { return false }
            log.tellEnd(left)
            return true
        } catch is CancellationError {
            return false
        } catch {
            logger.error("an operation went wrong; it is tried again", metadata: ["error": "\(error)"])
            return false
        }
    }
}

/// Tells the log how an operation is getting on: when it begins, now and then, and when it is done.
private struct OperationLog: Sendable {
    /// How many steps pass before more is told.
    private static let stepsPerLine = 100

    let logger: Logger
    private let steps = Tally()

    init(logger: Logger) {
        self.logger = logger
    }

    func tell(_ operation: PlatformOperation) {
        let step = steps.next()
        guard step == 1 || step.isMultiple(of: Self.stepsPerLine) else { return }
        logger.info("a tenant is being let go of", metadata: Self.metadata(operation))
    }

    func tellEnd(_ operation: PlatformOperation) {
        guard operation.state == .succeeded else { return }
        logger.notice("a tenant was let go of", metadata: Self.metadata(operation))
    }

    private static func metadata(_ operation: PlatformOperation) -> Logger.Metadata {
        [
            "operation": "\(operation.id)", "tenant": "\(operation.slug)", "rows_removed": "\(operation.rowsRemoved)",
        ]
    }
}
