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

    /// Deletes all that is due now.
    ///
    /// - Returns: the number of rows, by table.
    package func purge() async throws -> [String: Int] {
        var deleted: [String: Int] = [:]
        deleted["attempts"] = try await purge(PurgeAttempts())
        deleted["idempotency_keys"] = try await purge(PurgeIdempotencyKeys())
        deleted["sign_in_transactions"] = try await purge(PurgeSignInTransactions())
        deleted["sessions"] = try await purge(PurgeSessions())
        deleted["invitations"] = try await purge(PurgeInvitations())
        deleted["sign_up_requests"] = try await purge(PurgeSignUps())
        deleted["factors"] = try await purge(PurgePendingFactors())
        deleted["enrollment_tickets"] = try await purge(PurgeEnrollmentTickets())
        deleted["devices"] = try await purge(PurgeDevices())
        deleted["failures"] = try await purge(PurgeFailures())
        deleted["api_key_rotations"] = try await purge(PurgeKeyRotations())
        deleted["api_key_secrets"] = try await purge(PurgeKeySecrets())
        deleted["api_keys"] = try await purge(PurgeAPIKeys())
        return deleted
    }

    private func purge(_ statement: some Statement) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let count = try await database.execute(statement)
            total += count
            if count < Self.batchSize { return total }
        }
    }
}
