import Foundation
import Kernel
import PluginKit

/// Whether tenants could not be opened when somebody last asked for them.
struct TroubledTenantsCheck: DoctorCheck {
    let subject = "tenants"
    let stores: Stores

    /// As many are named as a person reads.
    private static let limit = 20

    func findings() async -> [DoctorFinding] {
        let records = TenantRecords(database: stores.platform, now: SystemClock.now)
        do {
            let troubled = try await records.troubled(limit: Self.limit)
            let findings = troubled.map { record in
                DoctorFinding(
                    subject, .critical, "\(record.slug) does not open: \(record.trouble ?? "")",
                    remedy: "mend what it names; the tenant is tried again when somebody asks for it")
            }
            return findings.isEmpty ? [DoctorFinding(subject, .good, "none is known not to open")] : findings
        } catch {
            return [
                DoctorFinding(
                    subject, .critical, "could not be looked up: \(error)", remedy: "see what is said of the database")
            ]
        }
    }
}
