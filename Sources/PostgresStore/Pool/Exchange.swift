internal import PluginKit
internal import Synchronization

/// Something that waits in a ``WaitingLine`` for a connection.
protocol Waiting: Sendable {
    var ticket: Ticket { get }
    /// When waiting becomes pointless.
    var deadline: ContinuousClock.Instant { get }
    /// Ends the wait without a connection. Called at most once, and never after the wait ended otherwise.
    func fail(_ error: any Error)
}

/// Statements that travel together between two sync points, and whoever waits for their results.
struct Exchange: Waiting {
    typealias Outcome = Result<[StatementResult], any Error>

    let statements: [EncodedStatement]
    let ticket: Ticket
    let deadline: ContinuousClock.Instant
    /// Called exactly once.
    let finish: @Sendable (Outcome) -> Void

    func fail(_ error: any Error) { finish(.failure(error)) }
}

/// The wish for a connection of one's own, for a transaction with several round trips.
struct LeaseRequest: Waiting {
    /// What opens the transaction; sent before the lease is handed over.
    let opening: [EncodedStatement]
    let ticket: Ticket
    let deadline: ContinuousClock.Instant
    /// Called exactly once.
    let finish: @Sendable (Result<Lease, any Error>) -> Void

    func fail(_ error: any Error) { finish(.failure(error)) }

    /// The opening as an exchange of its own.
    func exchange(finish: @escaping @Sendable (Exchange.Outcome) -> Void) -> Exchange {
        Exchange(statements: opening, ticket: ticket, deadline: deadline, finish: finish)
    }
}

/// Holds the outcome of an exchange for the thread that carried it itself.
final class Answer: Sendable {
    private let taken = Mutex<Exchange.Outcome?>(nil)

    /// Failed as long as none was taken.
    var outcome: Exchange.Outcome { taken.withLock { $0 } ?? .failure(DatabaseError.unavailable) }

    var isGood: Bool { (try? outcome.get()) != nil }

    func take(_ outcome: Exchange.Outcome) { taken.withLock { $0 = outcome } }
}
