import PluginKit

// These statements name no condition: the policies of the maintenance role show it only rows that are due, and those
// that are named where it sees others.

/// Deletes attempts that have worn off.
struct PurgeAttempts: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.attempts
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.attempts LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes answers that are no longer repeated.
struct PurgeIdempotencyKeys: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.idempotency_keys
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.idempotency_keys LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes sign-ins that were never completed.
struct PurgeSignInTransactions: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.sign_in_transactions
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.sign_in_transactions LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes sessions that have been over for long, with their refresh tokens.
struct PurgeSessions: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.sessions
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.sessions LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes invitations that have been over for long.
struct PurgeInvitations: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.invitations
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.invitations LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes requests to sign up that nobody settled in time.
struct PurgeSignUps: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.sign_up_requests
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.sign_up_requests LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes factors that were begun and never finished.
struct PurgePendingFactors: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.factors
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.factors LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes tickets that have been over for long.
struct PurgeEnrollmentTickets: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.enrollment_tickets
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.enrollment_tickets LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes devices that are no longer known.
struct PurgeDevices: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.devices
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.devices LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes rows of failures that ended long ago.
struct PurgeFailures: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.failures
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.failures LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes keys that have been over for long, with their secrets.
struct PurgeAPIKeys: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.api_keys
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.api_keys LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes people who were deleted a while ago, with all that belongs to them. Events of the audit trail keep their ids.
struct PurgePeople: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.users
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.users LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes secrets of keys that ended long ago. The role sees those that are overdue as well, which are not its to delete,
/// and of which a batch must not be full.
struct PurgeKeySecrets: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.api_key_secrets
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.api_key_secrets WHERE ended_at IS NOT NULL LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}

/// Deletes rotations of long ago.
struct PurgeKeyRotations: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.api_key_rotations
        WHERE  ctid = ANY (ARRAY(SELECT ctid FROM gatehouse.api_key_rotations LIMIT 1000))
        """

    var parameters: [SQLValue] { [] }
}
