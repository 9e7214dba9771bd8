import PluginKit

/// Makes everybody else who would change these secrets wait until the transaction ends; in one order, so that two who
/// lock many at once do not wait for each other.
struct LockUsedSecrets: Statement {
    static let sql: SQL = """
        SELECT   id
        FROM     gatehouse.api_key_secrets
        WHERE    id = ANY ($1)
        ORDER BY id
        FOR NO KEY UPDATE
        """

    let secrets: [KeySecretID]

    var parameters: [SQLValue] { [.uuids(secrets.map(\.rawValue))] }
}

/// Notes uses of secrets: how many, when last, by whom. Of callers, only so many are kept for a secret. Behind
/// ``LockUsedSecrets``, so that those of others are counted.
struct RecordKeyUses: Statement {
    static let sql: SQL = """
        WITH used AS (
            SELECT u.secret, u.count, timestamptz 'epoch' + u.at * interval '1 microsecond' AS at
            FROM   jsonb_to_recordset($1::text::jsonb) AS u (secret uuid, count bigint, at bigint)
        ), counted AS (
            UPDATE gatehouse.api_key_secrets s
            SET    last_used_at = greatest(s.last_used_at, used.at), use_count = s.use_count + used.count
            FROM   used
            WHERE  s.id = used.secret
            RETURNING s.id
        ), named AS (
            SELECT n.id, n.secret, decode(n.caller, 'hex') AS caller, decode(n.origin, 'hex') AS origin,
                   timestamptz 'epoch' + n.at * interval '1 microsecond' AS at,
                   EXISTS (SELECT FROM gatehouse.api_key_callers o
                           WHERE  o.secret_id = n.secret AND o.caller = decode(n.caller, 'hex')) AS is_known
            FROM   jsonb_to_recordset($2::text::jsonb)
                   AS n (id uuid, secret uuid, caller text, origin text, at bigint)
            JOIN   counted ON counted.id = n.secret
        ), numbered AS (
            SELECT n.id, n.secret, n.caller, n.origin, n.at, n.is_known,
                   row_number() OVER (PARTITION BY n.secret, n.is_known ORDER BY n.caller)
                   + (SELECT count(*) FROM gatehouse.api_key_callers o WHERE o.secret_id = n.secret) AS number
            FROM   named n
        )
        INSERT INTO gatehouse.api_key_callers AS c (id, secret_id, caller, sealed_origin, last_used_at)
        SELECT   n.id, n.secret, n.caller, n.origin, n.at
        FROM     numbered n
        WHERE    n.is_known
        OR       n.number <= $3
        ORDER BY n.secret, n.caller
        ON CONFLICT (tenant_id, secret_id, caller) DO UPDATE
        SET      last_used_at = greatest(c.last_used_at, excluded.last_used_at)
        """

    let uses: String
    let callers: String
    let mostCallers: Int

    var parameters: [SQLValue] { [.text(uses), .text(callers), .int(Int64(mostCallers))] }
}
