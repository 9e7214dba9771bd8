import Logging
import Metrics
import PluginKit

/// Keeps the metric that shows how many people of each role have a second factor. Counted anew whenever somebody of the
/// tenant gets or loses one; no job goes through all tenants for it.
struct FactorCensus: Sendable {
    let tenant: Tenant

    /// Counts. A metric must fail nothing, so an error is only logged.
    func update() async {
        do {
            for count in try await tenant.database.rows(CountFactorsByRole()) { show(count) }
        } catch {
            tenant.logger.debug("people with second factors could not be counted", metadata: ["why": "\(error)"])
        }
    }

    private func show(_ count: FactorCount) {
        func people(_ enrolled: Bool, _ number: Int) {
            let labels = [("tenant", tenant.slug.text), ("role", count.role), ("enrolled", "\(enrolled)")]
            Gauge(label: "gatehouse_second_factor_people", dimensions: labels).record(number)
        }
        people(true, count.enrolled)
        people(false, count.people - count.enrolled)
    }
}

/// How many people of a role there are, and how many of them have a second factor.
struct FactorCount: Sendable {
    let role: String
    let people: Int
    let enrolled: Int
}
