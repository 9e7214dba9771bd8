import Cryptography
import Foundation
import PluginKit

/// Tries to leave one tenant by every way that lies open to a statement. Leaves nothing behind.
struct IsolationTrial: Sendable {
    let tenant: TenantID
    let database: any TenantDatabase

    /// The ways that were open, in words; none, as it must be.
    func crossings() async throws -> [String] {
        var open: [String] = []
        let other = TenantID(rawValue: UUID())
        if try await database.rows(CountForeignRows()).first != 0 { open.append("rows of other tenants can be read") }
        if try await isDone({ try await $0.execute(PlantForeignRow(tenant: other)) }) {
            open.append("a row can be written into another tenant")
        }
        // The right code of this tenant, for another; and a code of the right length that is nobody's.
        let forged = try await database.rows(ShowContext()).first?.suffix(64).description ?? ""
        for code in [forged, Hexadecimal.encode(try Randomness.bytes(32))] {
            let context = "\(other.rawValue.uuidString.lowercased()).\(code)"
            if try await isDone({ transaction in
                try await transaction.execute(ClaimContext(context: context))
                _ = try await transaction.rows(CountForeignRows())
            }) {
                open.append("another tenant can be claimed")
            }
        }
        return open
    }

    /// Whether the database lets it happen. What it lets happen is taken back.
    private func isDone(_ deed: @Sendable (any TenantTransaction) async throws -> Void) async throws -> Bool {
        struct TakenBack: Error {}
        do {
            try await database.transaction { transaction in
                try await deed(transaction)
                throw TakenBack()
            }
            return true
        } catch is TakenBack {
            return true
        } catch DatabaseError.refused {
            return false
        }
    }
}

/// How many rows of other tenants show themselves in a table that every tenant has rows in.
struct CountForeignRows: Statement {
    static let sql: SQL = """
        SELECT count(*)
        FROM   gatehouse.tenant_keys
        WHERE  tenant_id <> (SELECT gatehouse.tenant())
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

/// Puts a row into another tenant, which must be refused.
struct PlantForeignRow: Statement {
    static let sql: SQL = """
        INSERT INTO gatehouse.roles (tenant_id, name, permissions, created_at, updated_at)
        VALUES ($1, 'canary', '{}', now(), now())
        """

    let tenant: TenantID

    var parameters: [SQLValue] { [.id(tenant)] }
}

/// The context that the transaction has proved its tenant with.
struct ShowContext: Statement {
    static let sql: SQL = """
        SELECT current_setting('gatehouse.tenant', true)
        """

    var parameters: [SQLValue] { [] }

    static func decode(_ row: inout RowReader) throws -> String { try row.textIfAny() ?? "" }
}

/// Claims a tenant by a context of one's own making, for the rest of the transaction.
struct ClaimContext: Statement {
    static let sql: SQL = """
        SELECT set_config('gatehouse.tenant', $1, true)
        """

    let context: String

    var parameters: [SQLValue] { [.text(context)] }
}
