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
            .bytes(bucket.key), .time(at), .int(Int64(bucket.intervalSeconds * 1e6)),
            .int(Int64(bucket.capacitySeconds * 1e6)),
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

    var parameters: [SQLValue] { [.bytes(bucket.key), .int(Int64(bucket.intervalSeconds * 1e6))] }
}
