import Cryptography
import Foundation
import PluginKit

/// Tries to leave one tenant by every way that lies open to a statement. Leaves nothing behind.
struct IsolationTrial: Sendable {
    let tenant: TenantID
    let database: any TenantDatabase

    /// The ways that were open, in words; none, as it must be.
    func crossings(at time: Date) async throws -> [String] {
        var open: [String] = []
        let other = TenantID.make(at: time)
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
