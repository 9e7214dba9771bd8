import Foundation
import PluginKit

/// Notes, for one person or for everybody in the tenant, since when the rule asks for a second factor: from now on where
/// it newly does, and no more where it no longer does. A grace that has begun is never given anew.
struct SyncSecondFactorDuties: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.users u
        SET    second_factor_since = CASE WHEN d.is_asked THEN $4::timestamptz END
        FROM   (
                   SELECT p.id,
                          EXISTS (
                              SELECT FROM gatehouse.role_assignments a
                              LEFT   JOIN gatehouse.roles r ON r.name = a.role
                              WHERE  a.user_id = p.id
                              AND    (a.role = ANY ($2)
                                      OR EXISTS (
                                          SELECT FROM unnest($3::text[]) AS words
                                          WHERE  r.permissions @> string_to_array(words, ' ')))
                          ) AS is_asked
                   FROM   gatehouse.users p
                   WHERE  p.deleted_at IS NULL
                   AND    ($1::uuid IS NULL OR p.id = $1)
               ) d
        WHERE  u.id = d.id
        AND    (u.second_factor_since IS NULL) = d.is_asked
        """

    /// `nil` for everybody.
    let user: UserID?
    let rule: SecondFactorRule
    let at: Date

    var parameters: [SQLValue] {
        [.id(user), .texts(rule.coveredRoles), .texts(rule.coveredPermissions), .time(at)]
    }
}

/// Begins the grace of a person whom the rule asks, where it has not begun.
struct BeginGrace: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.users
        SET    second_factor_since = $2
        WHERE  id = $1
        AND    second_factor_since IS NULL
        """

    let user: UserID
    let at: Date

    var parameters: [SQLValue] { [.id(user), .time(at)] }
}

/// Ends the grace of a person for good: his factors were taken away, and what comes next takes a ticket.
struct EndGrace: Statement {
    static let sql: SQL = """
        UPDATE gatehouse.users
        SET    second_factor_since = 'epoch'
        WHERE  id = $1
        """

    let user: UserID

    var parameters: [SQLValue] { [.id(user)] }
}

/// The active people whom a rule asks, in the order of their making.
struct ListAskedPeople: Statement {
    static let sql: SQL = """
        SELECT   u.id, u.sealed_login,
                 ARRAY(SELECT a.role
                       FROM   gatehouse.role_assignments a
                       WHERE  a.user_id = u.id
                       ORDER BY a.role),
                 EXISTS (
                     SELECT FROM gatehouse.factors f
                     WHERE  f.user_id = u.id
                     AND    f.confirmed_at IS NOT NULL
                     AND    NOT f.is_backup),
                 u.second_factor_since
        FROM     gatehouse.users u
        WHERE    u.state = 'active'
        AND      EXISTS (
                     SELECT FROM gatehouse.role_assignments a
                     LEFT   JOIN gatehouse.roles r ON r.name = a.role
                     WHERE  a.user_id = u.id
                     AND    (a.role = ANY ($1)
                             OR EXISTS (
                                 SELECT FROM unnest($2::text[]) AS words
                                 WHERE  r.permissions @> string_to_array(words, ' '))))
        ORDER BY u.id
        """

    let rule: SecondFactorRule

    var parameters: [SQLValue] { [.texts(rule.coveredRoles), .texts(rule.coveredPermissions)] }

    static func decode(_ row: inout RowReader) throws -> AskedPerson {
        AskedPerson(
            user: try row.id(), sealedLogin: try row.bytes(), roles: try row.texts(), hasFactor: try row.bool(),
            secondFactorSince: try row.timeIfAny())
    }
}

/// Counts active people by role.
struct CountFactorsByRole: Statement {
    static let sql: SQL = """
        SELECT   a.role, count(*),
                 count(*) FILTER (WHERE EXISTS (
                     SELECT FROM gatehouse.factors f
                     WHERE  f.user_id = a.user_id
                     AND    f.confirmed_at IS NOT NULL
                     AND    NOT f.is_backup))
        FROM     gatehouse.role_assignments a
        JOIN     gatehouse.users u ON u.id = a.user_id
        WHERE    u.state = 'active'
        GROUP BY a.role
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> FactorCount {
        FactorCount(role: try row.text(), people: try row.int(), enrolled: try row.int())
    }
}
