import Foundation
import PluginKit

/// Puts one attempt into a bucket; no row comes back where it is full.
struct ReserveAttempt: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.attempts AS a (bucket, empty_at)
        VALUES ($1, $2::timestamptz + $3 * interval '1 microsecond')
        ON CONFLICT (tenant_id, bucket) DO UPDATE
        SET    empty_at = greatest(a.empty_at, $2) + $3 * interval '1 microsecond'
        WHERE  greatest(a.empty_at, $2) + $3 * interval '1 microsecond' <= $2 + $4 * interval '1 microsecond'
        RETURNING empty_at
        """

    let bucket: AttemptBucket
    let at: Date

    var parameters: [SQLValue] {
        [
            .bytes(bucket.key), .time(at), .int(bucket.intervalMicroseconds), .int(bucket.capacityMicroseconds),
        ]
    }

    static func decode(_ row: inout RowReader) throws -> Date { try row.time() }
}

/// Takes one attempt out of a bucket.
struct RefundAttempt: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.attempts
        SET    empty_at = empty_at - $2 * interval '1 microsecond'
        WHERE  bucket = $1
        """

    let bucket: AttemptBucket

    var parameters: [SQLValue] { [.bytes(bucket.key), .int(bucket.intervalMicroseconds)] }
}

/// Counts an attempt as a failure, until it succeeds, where its network may try, no wait is left and the person has not
/// failed too often in all. One statement decides and counts, so that of many at once only as many are granted as may be.
///
/// A network that may not try leaves nothing behind: not a failure of the person, who may be somebody else behind the same
/// address, nor a row of a login that nobody has.
struct ReserveFailure: Statement {
    static let sql: SQL = """
        WITH network AS (
            INSERT INTO gatehouse.attempts AS a (bucket, empty_at)
            SELECT $9, $4::timestamptz + $10 * interval '1 microsecond'
            WHERE  $9::bytea IS NOT NULL
            ON CONFLICT (tenant_id, bucket) DO UPDATE
            SET    empty_at = greatest(a.empty_at, $4) + $10 * interval '1 microsecond'
            WHERE  greatest(a.empty_at, $4) + $10 * interval '1 microsecond' <= $4 + $11 * interval '1 microsecond'
            RETURNING empty_at
        ), source AS (
            INSERT INTO gatehouse.failures AS f (proof, subject, source, count, retry_at, failed_at)
            SELECT $1, $2, $3, 1,
                   CASE WHEN 1 < $5 THEN 'epoch' ELSE $4::timestamptz + interval '30 seconds' END, $4
            WHERE  $9::bytea IS NULL
            OR     EXISTS (SELECT FROM network)
            ON CONFLICT (tenant_id, proof, subject, source) DO UPDATE
            SET    count     = f.count + 1,
                   failed_at = $4,
                   -- No wait is a time long ago: the clock of who comes next may be behind this one.
                   retry_at  = CASE
                       WHEN f.count + 1 < $5 THEN 'epoch'
                       ELSE $4::timestamptz
                            + least(interval '1 hour', interval '30 seconds' * power(2, least(f.count + 1 - $5, 7)))
                   END
            WHERE  f.retry_at <= $4
            AND    f.count < $8
            RETURNING f.count
        ), person AS (
            INSERT INTO gatehouse.failures AS f (proof, subject, source, count, retry_at, failed_at)
            SELECT $1, $2, ''::bytea, 1, $4::timestamptz, $4::timestamptz
            FROM   source
            WHERE  $6
            ON CONFLICT (tenant_id, proof, subject, source) DO UPDATE
            SET    count     = f.count + 1,
                   failed_at = $4
            WHERE  f.count < $8
            OR     $7
            RETURNING f.count
        )
        SELECT $9::bytea IS NULL OR EXISTS (SELECT FROM network),
               EXISTS (SELECT FROM source) AND (NOT $6 OR EXISTS (SELECT FROM person)),
               (SELECT f.retry_at
                FROM   gatehouse.failures f
                WHERE  f.proof = $1
                AND    f.subject = $2
                AND    f.source = $3
                AND    f.count < $8)
        """

    let key: FailureKey
    /// The count of the network; `nil` where it is not asked.
    let bucket: AttemptBucket?
    let isCountedTogether: Bool
    let isKnownDevice: Bool
    let freeFailures: Int
    let at: Date

    var parameters: [SQLValue] {
        [
            .text(key.proof.rawValue), .bytes(key.subject), .bytes(key.source), .time(at), .int(Int64(freeFailures)),
            .bool(isCountedTogether), .bool(isKnownDevice), .int(Int64(Attempts.mostFailures)), .bytes(bucket?.key),
            .int(bucket?.intervalMicroseconds), .int(bucket?.capacityMicroseconds),
        ]
    }

    static func decode(_ row: inout RowReader) throws -> ReservedFailure {
        ReservedFailure(mayNetworkTry: try row.bool(), isGranted: try row.bool(), retryAt: try row.timeIfAny())
    }
}

/// What became of a reservation.
struct ReservedFailure: Sendable {
    /// Whether the network had an attempt left, or was not asked.
    let mayNetworkTry: Bool
    let isGranted: Bool
    /// Until when this source has to wait, as it was before; `nil` where it did not fail yet, or failed too often.
    let retryAt: Date?

    /// How long to wait before the next attempt, in seconds. Whoever came at the same moment waits as if he had failed.
    func wait(at now: Date) -> Double {
        guard let retryAt else { return Double(Attempts.longestWaitSeconds) }
        let left = retryAt.timeIntervalSince(now)
        return left > 0 ? left : Double(Attempts.firstWaitSeconds)
    }
}

/// Ends a row of failures: those of one source, or, where that is empty, those of the person as a whole.
struct ForgetFailures: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.failures
        WHERE  proof = $1
        AND    subject = $2
        AND    source = $3
        """

    let key: FailureKey

    var parameters: [SQLValue] { [.text(key.proof.rawValue), .bytes(key.subject), .bytes(key.source)] }
}

/// Ends all rows of failures of a person, from wherever they came.
struct ForgetAllFailures: Statement {
    static let sql: SQL = """
        DELETE FROM gatehouse.failures
        WHERE  subject = uuid_send($1::uuid)
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}
