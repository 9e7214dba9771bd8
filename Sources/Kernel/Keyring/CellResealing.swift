import Cryptography
import Foundation
import Logging
import PluginKit

/// Seals the stored values of one tenant anew with its active key, page by page, while the tenant is served.
///
/// Values that are on the active key already are left alone, so the work can stop anywhere and go on later. A value
/// that somebody changes meanwhile is his; it was sealed with the active key, or is met the next time.
struct CellResealing: Sendable {
    static let pageSize = 200

    let database: any TenantDatabase
    let keyring: TenantKeyring
    let logger: Logger
    /// Called after each page with the values sealed so far and those that did not open.
    let onPage: @Sendable (ResealedCells) -> Void

    /// Seals everything that another key sealed, or that stands in the clear.
    func run() async throws -> ResealedCells {
        var total = ResealedCells()
        let counts = try await database.rows(CountSealedCells())
        for place in Set(counts.filter { $0.key != keyring.active }.map(\.place)).sorted() {
            var after: UUID?
            while let page = try await nextPage(of: place, after: after) {
                try Task.checkCancellation()
                total += try await reseal(page, of: place)
                after = page.last?.position
                onPage(total)
            }
        }
        return total
    }

    private func nextPage(of place: String, after: UUID?) async throws -> [StoredCell]? {
        let list = ListCellsOfOtherKeys(place: place, key: keyring.active, after: after, limit: Self.pageSize)
        let page = try await database.rows(list)
        return page.isEmpty ? nil : page
    }

    private func reseal(_ page: [StoredCell], of place: String) async throws -> ResealedCells {
        var cells = ResealedCells()
        var replacements: [BoundStatement] = []
        for stored in page {
            guard let plaintext = try? keyring.openOrTake(stored.value, at: stored.cell) else {
                logger.reportDamage(at: stored.cell, of: place)
                cells.damaged += 1
                continue
            }
            let sealed = try keyring.seal(plaintext, at: stored.cell)
            replacements.append(BoundStatement(ReplaceCell(place: place, old: stored, new: sealed)))
        }
        guard !replacements.isEmpty else { return cells }
        let results = try await replace(replacements)
        cells.sealed = try results.count { try ReplaceCell.rows(of: $0).first == true }
        return cells
    }
}

extension CellResealing {
    /// How often a page comes again that gave way to others.
    private static var mostTries: Int { 10 }

    /// Whoever changes the same rows in another order may stand in the page's way; it gives way, and comes again whole.
    private func replace(_ replacements: [BoundStatement]) async throws -> [StatementResult] {
        for _ in 1..<Self.mostTries {
            do {
                return try await database.run(replacements)
            } catch DatabaseError.serialization {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return try await database.run(replacements)
    }
}

extension Logger {
    /// Says that a stored value does not open where it stands.
    func reportDamage(at cell: Cell, of place: String) {
        critical(
            "a sealed value was altered, or does not belong where it stands; it was left as it is",
            metadata: ["place": "\(place)", "row": "\(Hexadecimal.encode(cell.row))"])
    }
}

/// What became of a tenant's stored values.
package struct ResealedCells: Sendable, Equatable {
    package var sealed = 0
    /// Values that did not open where they stand, and were left as they are.
    package var damaged = 0

    static func += (left: inout ResealedCells, right: ResealedCells) {
        left.sealed += right.sealed
        left.damaged += right.damaged
    }
}
