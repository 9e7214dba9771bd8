import Foundation
import Logging
package import PluginKit

/// The work itself, step by step.
extension Offboarding {
    /// What one step did.
    enum Step: Sendable, Equatable {
        case keysDestroyed
        case counted
        case removed(RemovedRows)
        /// Everything is empty, and something may still be under way.
        case unsettled
        case finished(PlatformOperation)
        /// Somebody else has taken the operation on, or rows appeared meanwhile.
        case overtaken
    }

    /// Is told how far an operation has come.
    package typealias Report = @Sendable (PlatformOperation) -> Void

    /// Takes on the operation that waits longest, and works on it until it is done or has to wait.
    ///
    /// - Returns: the operation as it was left; `nil` where none waits for anybody.
    /// - Throws: what went wrong. It is noted with the operation, which is tried again after a while.
    package func runNext(_ report: Report = { _ in }) async throws -> PlatformOperation? {
        guard let operation = try await claim() else { return nil }
        return try await work(on: operation, report)
    }

    /// Sees an operation through to its end, whoever works on it.
    package func run(_ id: OperationID, _ report: Report = { _ in }) async throws -> PlatformOperation {
        while true {
            if let operation = try await claim(id) {
                let left = try await work(on: operation, report)
                if left.state == .succeeded { return left }
            } else if let operation = try await operation(id) {
                if operation.state == .succeeded { return operation }
                report(operation)
            }
            try await pace.pause(.milliseconds(250))
        }
    }

    /// Forgets the keys of the tenants that are being let go of, on whichever node that is begun.
    package func forgetDeparting() async throws {
        for tenant in try await platform.rows(ListDepartingTenants(limit: 1000)) { kernel.forget(tenant) }
    }

    func claim(_ only: OperationID? = nil) async throws -> PlatformOperation? {
        try await platform.first(ClaimOperation(leaseMilliseconds: pace.lease.milliseconds, only: only))
    }

    /// Does what is to be done next for an operation that this caller holds. Each step is one transaction, and done
    /// twice it does no harm.
    func step(_ operation: PlatformOperation) async throws -> Step {
        if operation.keysDestroyedAt == nil {
            _ = try await run(DestroyTenantKeys(at: kernel.now()), of: operation)
            kernel.forget(operation.tenant)
            return .keysDestroyed
        }
        if operation.estimate == nil {
            try await estimate(operation)
            return .counted
        }
        if let removed = try await purge(operation) { return .removed(removed) }
        return operation.isSettled ? try await finish(operation) : .unsettled
    }

    /// Counts what there is. A count must hold up nothing: what takes too long is not counted.
    private func estimate(_ operation: PlatformOperation) async throws {
        do {
            _ = try await run(EstimateTenant(most: pace.countedAtMost), of: operation)
        } catch DatabaseError.timedOut {
            _ = try await run(EstimateTenant(most: 1), of: operation)
        }
    }

    /// Removes a batch; a small one where the database is too slow for the usual.
    private func purge(_ operation: PlatformOperation) async throws -> RemovedRows? {
        do {
            return try await run(PurgeTenant(batch: pace.batch), of: operation)
        } catch DatabaseError.timedOut {
            return try await run(PurgeTenant(batch: max(1, pace.batch / 20)), of: operation)
        }
    }

    /// Runs a statement inside the tenant, as a transaction with a connection of its own: what takes long must not stand in
    /// the way of others' requests.
    private func run<S: Statement>(_ statement: S, of operation: PlatformOperation) async throws -> S.Row? {
        try await databases.database(of: operation.tenant).transaction { try await $0.first(statement) }
    }

    /// Holds on to an operation, and sees how far it is; `nil` where somebody else has it.
    func renewed(_ operation: PlatformOperation) async throws -> PlatformOperation? {
        try await platform.first(
            RenewOperation(operation: operation, leaseMilliseconds: pace.lease.milliseconds, at: kernel.now()))
    }

    private func work(on claimed: PlatformOperation, _ report: Report) async throws -> PlatformOperation {
        var operation = claimed
        do {
            while true {
                report(operation)
                let start = ContinuousClock.now
                let step = try await step(operation)
                if case .finished(let done) = step { return done }
                if case .unsettled = step {
                    try await release(operation, untilSettled: true)
                    return operation
                }
                if case .removed = step { try await pace.pause(start.duration(to: .now)) }
                guard let next = try await renewed(operation) else { return operation }
                operation = next
            }
        } catch {
            if let done = try? await finishedElsewhere(operation, error) { return done }
            await giveBack(operation, after: error)
            throw error
        }
    }

    /// The operation, where somebody else came to its end meanwhile: nothing may be removed any more then.
    private func finishedElsewhere(_ operation: PlatformOperation, _ error: any Error) async throws
        -> PlatformOperation?
    {
        guard case DatabaseError.refused = error, let found = try await self.operation(operation.id) else { return nil }
        return found.state == .succeeded ? found : nil
    }

    /// Lets another go on: at once where this process ends, else after a while.
    private func giveBack(_ operation: PlatformOperation, after error: any Error) async {
        let isEnding = error is CancellationError
        // What ends is cancelled, and would not reach the database any more.
        let release = Task {
            try await self.release(
                operation, pause: isEnding ? .zero : pace.retry, error: isEnding ? nil : "\(error)")
        }
        do {
            try await release.value
        } catch {
            logger.warning(
                "an operation could not be given back; it is taken on again when its lease is over",
                metadata: ["operation": "\(operation.id)", "error": "\(error)"])
        }
    }

    private func release(
        _ operation: PlatformOperation, untilSettled: Bool = false, pause: Duration = .zero, error: String? = nil
    ) async throws {
        try await platform.execute(
            ReleaseOperation(
                operation: operation, pauseMilliseconds: pause.milliseconds, untilSettled: untilSettled, error: error,
                at: kernel.now()))
    }

    private func finish(_ operation: PlatformOperation) async throws -> Step {
        let at = kernel.now()
        let receipt = try await kernel.deletionReceipts.sign(DeletionReceipt(of: operation, finishedAt: at))
        let event = RecordPlatformEvent(
            type: "tenant.deleted", actor: operation.startedBy, subject: operation.tenant.description,
            requestID: operation.id.description, at: at)
        let results = try await platform.run([
            BoundStatement(FinishDeletion(operation: operation, receipt: receipt, event: event)),
            BoundStatement(FindOperation(id: operation.id)),
        ])
        guard let done = try FindOperation.rows(of: results[1]).first, done.state == .succeeded else {
            return .overtaken
        }
        registry?.forget(operation.tenant, slug: TenantSlug(operation.slug))
        return .finished(done)
    }
}
