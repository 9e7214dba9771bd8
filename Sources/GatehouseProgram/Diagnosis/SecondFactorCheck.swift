import Foundation
import Kernel
import PluginKit
import PostgresStore

/// Whether those whom a tenant's rule asks for a second factor have one, and how long the others still have.
struct SecondFactorCheck: DoctorCheck {
    let settings: ProcessSettings
    let stores: Stores
    let subject = "second factors"

    func findings() async -> [DoctorFinding] {
        let plans = TenantDirectory(path: settings.tenants, catalog: Program.plugins).read().plans
        do {
            let records = TenantRecords(database: stores.platform, now: SystemClock.now)
            let findings = try await plans.concurrentMap(atMost: 8) { plan in
                try await finding(of: plan, in: records)
            }
            return findings.compactMap { $0 }
        } catch {
            return [DoctorFinding(subject, .critical, "could not be counted: \(error)", remedy: "gatehouse doctor")]
        }
    }

    /// `nil` for a tenant that was never served.
    private func finding(of plan: TenantPlan, in records: TenantRecords) async throws -> DoctorFinding? {
        guard let record = try await records.find(slug: plan.slug.text) else { return nil }
        let rule = plan.policy.secondFactor
        guard !rule.requiredFor.isEmpty else {
            return DoctorFinding(
                subject, .note, "\(plan.slug) asks nobody for one",
                remedy: "\(plan.source): policy.second_factor.required_for: [owner, admin]")
        }
        let database = stores.tenants.database(of: record.id)
        let count = try await SecondFactorPreview.count(under: rule, in: database, at: SystemClock.now())
        guard count.withoutFactor > 0 else {
            return DoctorFinding(subject, .good, "\(plan.slug): all \(count.asked) who need one have one")
        }
        let remedy =
            "let them set one up, or make them tickets: POST …/users/{id}/enrollment-ticket, gatehouse users unlock"
        let missing = "\(plan.slug): \(count.withoutFactor) of \(count.asked) who need one have none"
        if count.locksOutEveryOwner {
            return DoctorFinding(subject, .critical, "\(missing), and no owner can get in", remedy: remedy)
        }
        let end = count.lastGraceEnd.map { ", the last of them have until \($0.formatted(.iso8601))" } ?? ""
        return DoctorFinding(
            subject, .warning, "\(missing); \(count.lockedOut) cannot get in\(end)", remedy: remedy)
    }
}
