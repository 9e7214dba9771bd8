internal import PluginKit
internal import Synchronization

/// A transaction on a leased connection. After the first error it runs nothing more and cannot commit.
final class OpenTransaction: TenantTransaction {
    private let lease: Lease
    private let failure = Mutex<(any Error)?>(nil)

    init(lease: Lease) {
        self.lease = lease
    }

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        try checkIsSound()
        do {
            return try await lease.run(statements)
        } catch {
            failure.withLock { $0 = $0 ?? error }
            throw error
        }
    }

    /// - Throws: what an earlier statement threw, even where the body made nothing of it; or why the server refuses to
    ///   commit, as where a deferred constraint is violated.
    func commit() async throws {
        _ = try await run([BoundStatement(CommitTransaction())])
    }

    private func checkIsSound() throws {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
