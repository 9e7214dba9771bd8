import Cryptography
import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting

@testable import Kernel

/// Every place in a tenant's part of the database that holds a sealed value, by its name in the view of them.
enum SealedPlace: String, CaseIterable {
    case login = "users.sealed_login"
    case displayName = "users.sealed_display_name"
    case offer = "invitations.sealed_offer"
    case sessionOrigin = "sessions.sealed_origin"
    case eventOrigin = "audit_events.sealed_origin"
    case password = "password_credentials.sealed_hash"
    case earlierPassword = "password_history.sealed_hash"
    case signingKey = "signing_keys.sealed_private"
    case answer = "idempotency_keys.sealed_body"
    case totpSeed = "totp_secrets.sealed_seed"
    case recoveryCode = "recovery_codes.sealed_hash"
    case hashKey = "hash_keys.sealed_key"
    case keyCaller = "api_key_callers.sealed_origin"
    case document = "tenant_revisions.sealed_document"
    case signUp = "sign_up_requests.sealed_login"

    var table: String { String(rawValue.prefix { $0 != "." }) }
    var column: String { String(rawValue.drop { $0 != "." }.dropFirst()) }

    /// What the view calls the position of a row, in SQL.
    fileprivate var position: String {
        switch self {
        case .password: "user_id"
        case .totpSeed: "factor_id"
        case .answer: "encode(substring(key_hash FOR 16), 'hex')::uuid"
        default: "id"
        }
    }
}

extension TestTenant {
    /// What seals and opens for this tenant, with its keys as they are now.
    var cells: TenantCells { get async throws { try await services.hierarchy.cells(of: tenant, now: clock.reading) } }

    /// The sealed values of one place as they stand.
    func sealed(_ place: SealedPlace) async throws -> [StoredCell] {
        // No value is on a key that was just made up, so all of them are listed.
        let nobody = DataKeyID.make(at: clock.now)
        let list = ListCellsOfOtherKeys(place: place.rawValue, key: nobody, after: nil, limit: 10_000)
        return try await database.rows(list)
    }

    /// Every sealed value as it stands.
    func sealed() async throws -> [(place: SealedPlace, stored: StoredCell)] {
        var all: [(SealedPlace, StoredCell)] = []
        for place in SealedPlace.allCases { all += try await sealed(place).map { (place, $0) } }
        return all
    }

    /// Writes bytes where a sealed value stands, as whoever owns the database might.
    func plant(_ bytes: [UInt8], at stored: StoredCell, of place: SealedPlace) async throws {
        try await asOwner(
            """
            UPDATE gatehouse.\(place.table)
            SET    \(place.column) = decode('\(Hexadecimal.encode(bytes))', 'hex')
            WHERE  tenant_id = '\(id.rawValue)'
            AND    \(place.position) = '\(stored.position)'
            """)
    }

    /// Changes one row past all protection.
    func asOwner(_ sql: String) async throws {
        let touched = try await TestDatabase.shared.administrator.affected(sql)
        guard touched == 1 else { throw TouchedRows(count: touched) }
    }
}

struct TouchedRows: Error { let count: Int }
