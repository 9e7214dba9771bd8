import Cryptography
package import Foundation
package import PluginKit

/// Tries to leave one tenant by every way that lies open to a statement: by reading each table of tenants, by writing, by
/// claiming another tenant. Leaves nothing behind.
package struct IsolationTrial: Sendable {
    private let database: any TenantDatabase

    /// - Parameter database: that of the tenant which is tried; one that does not exist is as good as any.
    package init(of database: any TenantDatabase) {
        self.database = database
    }

    /// The ways that were open, in words; none, as it must be.
    package func crossings(at time: Date) async throws -> [String] {
        let other = TenantID.make(at: time)
        var open = try await database.rows(ListOpenTables()).map { "rows of other tenants can be read in \($0)" }
        if try await isDone({ try await $0.execute(PlantForeignRow(tenant: other)) }) {
            open.append("a row can be written into another tenant")
        }
        // The right code of this tenant, for another; and a code of the right length that is nobody's.
        let forged = try await database.rows(ShowContext()).first?.suffix(64).description ?? ""
        for code in [forged, Hexadecimal.encode(try Randomness.bytes(32))] {
            let context = "\(other.rawValue.uuidString.lowercased()).\(code)"
            if try await isDone({ transaction in
                try await transaction.execute(ClaimContext(context: context))
                _ = try await transaction.rows(ListOpenTables())
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
        } catch DatabaseError.foreignKeyViolation {
            // Only what the policies let through gets as far as that.
            return true
        } catch DatabaseError.refused {
            return false
        }
    }
}
