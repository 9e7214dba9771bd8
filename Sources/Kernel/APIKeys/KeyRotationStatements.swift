import Foundation
import PluginKit

/// Begins the rotation of one key.
struct InsertKeyRotation: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.api_key_rotations (id, filter, overlap_seconds, started_by, created_at)
        VALUES ($1, $2, $3, $4, $5)
        """

    let id: KeyRotationID
    let filter: KeyFilter?
    let overlapSeconds: Int
    let startedBy: Actor
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(id), .text(filter.flatMap(\.text)), .int(Int64(overlapSeconds)), .text(startedBy.auditText), .time(at),
        ]
    }
}

/// Plans the rotation of every key that a filter finds, and tells how many there are to rotate. Those that are being rotated
/// already, or that are not the caller's to rotate, are noted as skipped, so that nobody takes them for rotated.
struct PlanKeyRotation: Statement {
    static let sql: SQL = """
        WITH planned AS (
            INSERT INTO gatehouse.api_key_rotation_steps (rotation_id, key_id, state, skipped_because)
            SELECT $1, k.id, CASE WHEN passed.over IS NULL THEN 'pending' ELSE 'skipped' END, passed.over
            FROM   gatehouse.api_keys k
            JOIN   gatehouse.api_key_secrets s ON s.key_id = k.id
            CROSS JOIN LATERAL (
                SELECT CASE
                           WHEN NOT k.scopes <@ $7 THEN 'not_permitted'
                           WHEN EXISTS (SELECT
                                        FROM   gatehouse.api_key_secrets r
                                        WHERE  r.key_id = k.id
                                        AND    r.ended_at IS NULL
                                        AND    r.retires_at > $2) THEN 'being_rotated'
                       END AS over
            ) AS passed
            WHERE  k.revoked_at IS NULL
            AND    s.ended_at IS NULL
            AND    s.replaced_at IS NULL
            AND    s.expires_at > $2
            AND    ($3::timestamptz IS NULL OR s.created_at <= $3)
            AND    ($4::text IS NULL OR $4 = ANY (k.scopes))
            AND    ($5::text IS NULL OR k.name = $5)
            AND    ($6::text IS NULL OR starts_with(k.name, $6))
            RETURNING state
        )
        SELECT count(*) FROM planned WHERE state = 'pending'
        """

    let rotation: KeyRotationID
    let filter: KeyFilter
    /// What the caller may do: keys that allow more are not his to rotate.
    let permissions: Set<Permission>
    let at: Date

    var parameters: [SQLValue] {
        [
            .id(rotation), .time(at), .time(filter.olderThanSeconds.map { at.addingTimeInterval(-Double($0)) }),
            .text(filter.scope?.rawValue), .text(filter.exactName), .text(filter.namePrefix),
            .texts(permissions.map(\.rawValue)),
        ]
    }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

/// Notes that a key was rotated, as a step of a rotation of its own.
struct AddRotatedStep: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.api_key_rotation_steps (rotation_id, key_id, state, old_secret_id, new_secret_id)
        VALUES ($1, $2, 'rotated', $3, $4)
        """

    let rotation: KeyRotationID
    let key: KeyID
    let old: KeySecretID
    let new: KeySecretID

    var parameters: [SQLValue] { [.id(rotation), .id(key), .id(old), .id(new)] }
}

/// The next keys of a rotation that wait for their turn.
struct ListPendingSteps: Statement {
    static let sql: SQL = """
        SELECT   key_id
        FROM     gatehouse.api_key_rotation_steps
        WHERE    rotation_id = $1
        AND      state = 'pending'
        AND      ($2::uuid IS NULL OR key_id > $2)
        ORDER BY key_id
        LIMIT    $3
        """

    let rotation: KeyRotationID
    var after: KeyID?
    let limit: Int

    var parameters: [SQLValue] { [.id(rotation), .id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> KeyID { try row.id() }
}

/// Makes everybody else who would settle a step wait until the transaction ends. No row comes back where it waits no more.
struct LockPendingStep: Statement {
    static let sql: SQL = """
        SELECT key_id
        FROM   gatehouse.api_key_rotation_steps
        WHERE  rotation_id = $1
        AND    key_id = $2
        AND    state = 'pending'
        FOR    UPDATE
        """

    let rotation: KeyRotationID
    let key: KeyID

    var parameters: [SQLValue] { [.id(rotation), .id(key)] }

    static func decode(_ row: inout RowReader) throws -> KeyID { try row.id() }
}

/// Notes what became of a step that waited. No row comes back where somebody else has settled it.
struct SettleStep: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_rotation_steps
        SET    state = CASE WHEN $3::text IS NULL THEN 'rotated' ELSE 'skipped' END, skipped_because = $3,
               old_secret_id = $4, new_secret_id = $5
        WHERE  rotation_id = $1
        AND    key_id = $2
        AND    state = 'pending'
        RETURNING key_id
        """

    let rotation: KeyRotationID
    let key: KeyID
    let outcome: Outcome

    enum Outcome {
        case rotated(old: KeySecretID, new: KeySecretID)
        case skipped(SkippedKey.Reason)
    }

    var parameters: [SQLValue] {
        switch outcome {
        case .rotated(let old, let new): [.id(rotation), .id(key), .text(nil), .id(old), .id(new)]
        case .skipped(let reason):
            [.id(rotation), .id(key), .text(reason.rawValue), .uuid(nil), .uuid(nil)]
        }
    }

    static func decode(_ row: inout RowReader) throws -> KeyID { try row.id() }
}

/// Gives up the steps of a rotation that still wait, and the rotation with them.
struct CancelRotation: Statement {
    static let sql: SQL = """
        WITH cancelled AS (
            UPDATE gatehouse.api_key_rotations
            SET    cancelled_at = $2
            WHERE  id = $1
            AND    cancelled_at IS NULL
            RETURNING id
        )
        UPDATE gatehouse.api_key_rotation_steps s
        SET    state = 'cancelled'
        FROM   cancelled
        WHERE  s.rotation_id = cancelled.id
        AND    s.state = 'pending'
        """

    let id: KeyRotationID
    let at: Date

    var parameters: [SQLValue] { [.id(id), .time(at)] }
}

/// Notes that the rotation of a key was taken back.
struct CancelRotatedStep: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.api_key_rotation_steps
        SET    state = 'cancelled'
        WHERE  key_id = $1
        AND    new_secret_id = $2
        """

    let key: KeyID
    let new: KeySecretID

    var parameters: [SQLValue] { [.id(key), .id(new)] }
}

/// The keys of a rotation whose old secrets are good still.
struct ListOverlappingSteps: Statement {
    static let sql: SQL = """
        SELECT   t.key_id
        FROM     gatehouse.api_key_rotation_steps t
        JOIN     gatehouse.api_key_secrets s ON s.id = t.old_secret_id
        WHERE    t.rotation_id = $1
        AND      t.state = 'rotated'
        AND      s.ended_at IS NULL
        AND      s.retires_at > $2
        AND      ($3::uuid IS NULL OR t.key_id > $3)
        ORDER BY t.key_id
        LIMIT    $4
        """

    let rotation: KeyRotationID
    let at: Date
    let after: KeyID?
    let limit: Int

    var parameters: [SQLValue] { [.id(rotation), .time(at), .id(after), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> KeyID { try row.id() }
}

/// A page of rotations, the newest first, or one of them; each with its progress.
struct ListKeyRotations: Statement {
    static let sql: SQL = """
        SELECT   r.id, r.filter, r.overlap_seconds, r.started_by, r.created_at, r.cancelled_at,
                 p.pending, p.rotated, p.skipped, p.cancelled, p.overlapping, p.in_use, p.ends_at
        FROM     gatehouse.api_key_rotations r
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE t.state = 'pending')   AS pending,
                   count(*) FILTER (WHERE t.state = 'rotated')   AS rotated,
                   count(*) FILTER (WHERE t.state = 'skipped')   AS skipped,
                   count(*) FILTER (WHERE t.state = 'cancelled') AS cancelled,
                   count(*) FILTER (WHERE t.state = 'rotated' AND s.retires_at > $1 AND s.ended_at IS NULL)
                       AS overlapping,
                   count(*) FILTER (WHERE t.state = 'rotated' AND s.retires_at > $1 AND s.ended_at IS NULL
                                    AND s.last_used_at > s.replaced_at) AS in_use,
                   max(s.retires_at) FILTER (WHERE t.state = 'rotated' AND s.ended_at IS NULL) AS ends_at
            FROM   gatehouse.api_key_rotation_steps t
            LEFT JOIN gatehouse.api_key_secrets s ON s.id = t.old_secret_id
            WHERE  t.rotation_id = r.id
        ) AS p
        WHERE    ($2::uuid IS NULL OR r.id < $2)
        AND      ($3::uuid IS NULL OR r.id = $3)
        ORDER BY r.id DESC
        LIMIT    $4
        """

    let at: Date
    var before: KeyRotationID?
    var only: KeyRotationID?
    let limit: Int

    var parameters: [SQLValue] { [.time(at), .id(before), .id(only), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> KeyRotationRecord {
        KeyRotationRecord(
            id: try row.id(), filter: KeyFilter(text: try row.textIfAny()), overlapSeconds: try row.int(),
            startedBy: try row.text(), createdAt: try row.time(), cancelledAt: try row.timeIfAny(),
            progress: KeyRotationProgress(
                pending: try row.int(), rotated: try row.int(), skipped: try row.int(), cancelled: try row.int(),
                overlapping: try row.int(), oldInUse: try row.int(), endsAt: try row.timeIfAny()))
    }
}

/// Keys that a rotation passed over, in the order in which they were made.
struct ListSkippedKeys: Statement {
    static let sql: SQL = """
        SELECT   t.key_id, k.name, t.skipped_because
        FROM     gatehouse.api_key_rotation_steps t
        LEFT JOIN gatehouse.api_keys k ON k.id = t.key_id
        WHERE    t.rotation_id = $1
        AND      t.state = 'skipped'
        ORDER BY t.key_id
        LIMIT    $2
        """

    let rotation: KeyRotationID
    let limit: Int

    var parameters: [SQLValue] { [.id(rotation), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> SkippedKey {
        SkippedKey(
            key: try row.id(), name: try row.textIfAny(),
            reason: try row.textIfAny().flatMap(SkippedKey.Reason.init))
    }
}

/// The old secrets of a rotation that were used after they had been replaced and are good still, with their keys.
struct ListOldSecretsInUse: Statement {
    static let sql: SQL = """
        SELECT   k.id, k.name, s.id, s.last_used_at, s.retires_at
        FROM     gatehouse.api_key_rotation_steps t
        JOIN     gatehouse.api_key_secrets s ON s.id = t.old_secret_id
        JOIN     gatehouse.api_keys k ON k.id = t.key_id
        WHERE    t.rotation_id = $1
        AND      t.state = 'rotated'
        AND      s.ended_at IS NULL
        AND      s.retires_at > $2
        AND      s.last_used_at > s.replaced_at
        ORDER BY s.last_used_at DESC
        LIMIT    $3
        """

    let rotation: KeyRotationID
    let at: Date
    let limit: Int

    var parameters: [SQLValue] { [.id(rotation), .time(at), .int(Int64(limit))] }

    static func decode(_ row: inout RowReader) throws -> OldSecretInUse {
        OldSecretInUse(
            key: try row.id(), name: try row.text(), secret: try row.id(), lastUsedAt: try row.time(),
            retiresAt: try row.time(), callers: [])
    }
}
