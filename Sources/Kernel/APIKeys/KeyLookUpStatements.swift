import Foundation
import PluginKit

/// The one look-up of a key by the hash of its text: the key, its secret and its owner as they stand, dead or alive.
struct FindKeyByHash: Statement {
    static let sql: SQL = """
        SELECT k.id, s.id, k.name, k.scopes, k.allowed_networks, k.rate_limit, k.metadata, s.expires_at, s.retires_at,
               s.ended_because, k.revoked_at IS NOT NULL, k.owner_id, u.state = 'active', held.roles,
               ARRAY(SELECT unnest(r.permissions)
                     FROM   gatehouse.roles r
                     WHERE  r.name = ANY (held.roles))
        FROM   gatehouse.api_key_secrets s
        JOIN   gatehouse.api_keys k ON k.id = s.key_id
        LEFT JOIN gatehouse.users u ON u.id = k.owner_id
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT a.role
                         FROM   gatehouse.role_assignments a
                         WHERE  a.user_id = k.owner_id) AS roles
            -- Read once, although two columns use it.
            OFFSET 0
        ) held
        WHERE  s.hash = $1
        """

    let hash: [UInt8]

    var parameters: [SQLValue] { [.bytes(hash)] }

    static func decode(_ row: inout RowReader) throws -> FoundKey {
        FoundKey(
            key: try row.id(), secret: try row.id(), name: try row.text(),
            scopes: Set(try row.texts().compactMap(Permission.init)), allowedNetworks: try row.texts(),
            rateLimit: try row.intIfAny(), metadata: KeyMetadata.read(try row.text()), expiresAt: try row.time(),
            retiresAt: try row.timeIfAny(), endedBecause: try row.textIfAny(), isRevoked: try row.bool(),
            owner: try KeyOwner(reading: &row))
    }
}

/// A key as a look-up by its text found it, with everything that decides whether it is good.
struct FoundKey: Sendable {
    let key: KeyID
    let secret: KeySecretID
    let name: String
    let scopes: Set<Permission>
    let allowedNetworks: [String]
    let rateLimit: Int?
    let metadata: [String: String]
    let expiresAt: Date
    let retiresAt: Date?
    let endedBecause: String?
    let isRevoked: Bool
    /// `nil` for a key of the tenant itself.
    let owner: KeyOwner?

    /// Whether neither key nor secret is at its end.
    func isGood(at now: Date) -> Bool {
        !isRevoked && endedBecause == nil && expiresAt > now && (retiresAt.map { $0 > now } ?? true)
    }
}

/// The owner of a key, as he stands.
struct KeyOwner: Sendable {
    let id: UserID
    let isActive: Bool
    let permissions: Set<Permission>

    /// Reads the owner at the end of a row; `nil` where there is none.
    init?(reading row: inout RowReader) throws {
        let id: UserID? = try row.idIfAny()
        let isActive = try row.boolIfAny()
        let (roles, own) = (try row.texts(), try row.texts())
        guard let id else { return nil }
        self.id = id
        self.isActive = isActive == true
        // Most people have one role, whose permissions need not be copied.
        permissions = roles.compactMap(BuiltInRole.init).reduce(Set(own.compactMap(Permission.init))) {
            $0.isEmpty ? $1.permissions : $0.union($1.permissions)
        }
    }
}
