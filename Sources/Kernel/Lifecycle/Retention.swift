import Metrics
package import PluginKit

/// Deletes what is past its date, of all tenants at once, in batches.
///
/// It runs as a role that the database lets delete nothing else: the dates stand in that role's policies.
package struct Retention: Sendable {
    /// Rows deleted per statement, so that none holds locks for long.
    static let batchSize = 1000

    private let database: any PlatformDatabase

    /// - Parameter database: a connection as the maintenance role.
    package init(database: any PlatformDatabase) {
        self.database = database
    }

    /// What was done in one round.
    package struct Sweep: Sendable {
        /// Rows deleted, by table; also of those that were not finished.
        package internal(set) var deleted: [String: Int] = [:]
        /// What kept a table from being finished, by table.
        package internal(set) var failures: [String: any Error] = [:]
    }

    private static let purges: [(table: String, statement: any Statement)] = [
        ("attempts", PurgeAttempts()),
        ("idempotency_keys", PurgeIdempotencyKeys()),
        ("sign_in_transactions", PurgeSignInTransactions()),
        ("sessions", PurgeSessions()),
        ("invitations", PurgeInvitations()),
        ("sign_up_requests", PurgeSignUps()),
        ("factors", PurgePendingFactors()),
        ("enrollment_tickets", PurgeEnrollmentTickets()),
        ("devices", PurgeDevices()),
        ("failures", PurgeFailures()),
        ("api_key_rotations", PurgeKeyRotations()),
        ("api_key_secrets", PurgeKeySecrets()),
        ("api_keys", PurgeAPIKeys()),
        ("users", PurgePeople()),
    ]

    /// Deletes all that is due now. A table that fails keeps none of the others from its turn.
    ///
    /// - Throws: `CancellationError`.
    package func purge() async throws -> Sweep {
        var sweep = Sweep()
        for (table, statement) in Self.purges {
            sweep.deleted[table] = 0
            do {
                try await purge(statement) { sweep.deleted[table, default: 0] += $0 }
            } catch {
                try Task.checkCancellation()
                sweep.failures[table] = error
                Counter(label: "gatehouse_purge_failures_total", dimensions: [("table", table)]).increment()
            }
        }
        return sweep
    }

    private func purge(_ statement: some Statement, _ note: (_ count: Int) -> Void) async throws {
        while true {
            try Task.checkCancellation()
            let count = try await database.execute(statement)
            note(count)
            if count < Self.batchSize { return }
        }
    }
}
