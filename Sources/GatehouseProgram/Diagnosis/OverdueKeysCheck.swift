import Foundation
import Kernel
import PluginKit
import PostgresStore

/// Whether any tenant's API keys should have been rotated by now.
struct OverdueKeysCheck: DoctorCheck {
    /// How many keys are named.
    private static let mostNamed = 5
    /// How many tenants are named.
    private static let mostTenants = 50

    let stores: Stores
    let subject = "API keys"

    func findings() async -> [DoctorFinding] {
        do {
            let overdue = try await TenantAlarms(database: stores.maintenance).withOverdueKeys(limit: Self.mostTenants)
            let records = TenantRecords(database: stores.platform, now: SystemClock.now)
            let findings = try await overdue.concurrentMap(atMost: 8) { try await finding(of: $0, in: records) }
                .compactMap { $0 }
            guard findings.isEmpty else { return findings }
            return [DoctorFinding(subject, .good, "no tenant has one that is overdue")]
        } catch {
            return [
                DoctorFinding(
                    subject, .critical, "could not be counted: \(error)", remedy: "gatehouse doctor, once more")
            ]
        }
    }

    /// `nil` for a tenant that has none any more.
    private func finding(of id: TenantID, in records: TenantRecords) async throws -> DoctorFinding? {
        guard let record = try await records.find(id: id) else { return nil }
        let slug = record.slug
        let now = SystemClock.now()
        let overdue = try await APIKeys.overdue(
            in: stores.tenants.database(of: record.id), at: now, limit: Self.mostNamed)
        guard let first = overdue.first else { return nil }
        let further = first.countInAll - overdue.count
        let names = overdue.map(\.name).joined(separator: ", ") + (further > 0 ? " and \(further) more" : "")
        let age = Self.wholeUnits(Int64(now.timeIntervalSince(first.youngestCreatedAt)))
        return DoctorFinding(
            subject, .warning, "\(slug): \(first.countInAll) should have been rotated by now: \(names)",
            remedy: "gatehouse keys rotate --tenant \(slug) --older-than \(age) --output new-keys")
    }

    /// A duration that is not longer, in one unit: `76d`, `5h`.
    static func wholeUnits(_ seconds: Int64) -> String {
        let unit: Int64 = [86_400, 3600, 60].first { seconds >= $0 } ?? 1
        return DurationText.write(.seconds(max(0, seconds) / unit * unit))
    }
}
