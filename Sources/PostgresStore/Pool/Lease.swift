internal import PluginKit

/// A connection of one's own, for the length of one transaction. Whoever holds a lease must release it.
final class Lease: Sendable {
    let line = WaitingLine<Exchange>(capacity: 64, lateness: .timedOut)
    private let deadline: ContinuousClock.Instant

    /// - Parameter deadline: for the transaction as a whole.
    init(deadline: ContinuousClock.Instant) {
        self.deadline = deadline
    }

    /// Runs statements in the open transaction.
    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        try await line.run(try statements.map(EncodedStatement.init), deadline: deadline)
    }

    /// The connection is gone, or was never there.
    func end() {
        // The server ends a session that stands idle in a transaction for longer than the deadline.
        let reason: DatabaseError = deadline <= .now ? .timedOut : .unavailable
        line.close(reason, failing: reason)
    }

    /// Gives the connection back, which rolls back what was not committed. Whatever is asked afterwards is refused with
    /// SQLSTATE 25P01: there is no transaction any more.
    func release() {
        line.close(.failed(sqlState: "25P01"))
    }
}

extension WaitingLine where Entry == Exchange {
    /// Runs statements between two sync points and waits for their results.
    func run(
        _ statements: [EncodedStatement], deadline: ContinuousClock.Instant
    ) async throws -> [StatementResult] {
        let ticket = Ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(
                    Exchange(statements: statements, ticket: ticket, deadline: deadline) {
                        continuation.resume(with: $0)
                    })
            }
        } onCancel: {
            withdraw(ticket)
        }
    }
}

extension WaitingLine where Entry == LeaseRequest {
    /// Waits for a connection of one's own on which `opening` has run.
    func lease(opening: [EncodedStatement], deadline: ContinuousClock.Instant) async throws -> Lease {
        let ticket = Ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(
                    LeaseRequest(opening: opening, ticket: ticket, deadline: deadline) { continuation.resume(with: $0) }
                )
            }
        } onCancel: {
            withdraw(ticket)
        }
    }
}
