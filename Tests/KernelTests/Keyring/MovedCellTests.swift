import DatabaseTesting
import Metrics
import MetricsTestKit
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// What whoever can write to the database gains by moving a sealed value.
@Suite("A sealed value that was moved")
struct MovedCellTests {
    @Test("opens in no other row, column, table or tenant, and whatever needs it fails")
    func everywhere() async throws {
        let (home, abroad) = (try await FurnishedTenant.make(), try await FurnishedTenant.make())
        for target in SealedPlace.allCases {
            let original = try await home.sealed(target, of: home.anna)
            var values = [("another tenant", try await abroad.sealed(target, of: abroad.anna).value)]
            for source in SealedPlace.allCases {
                values.append(("another's \(source)", try await home.sealed(source, of: home.bert).value))
                guard source != target else { continue }
                values.append(("her own \(source)", try await home.sealed(source, of: home.anna).value))
            }
            for (source, value) in values {
                try await home.tenant.plant(value, at: original, of: target)
                await expectRefused(at: original.cell, "\(source) in \(target)") {
                    try await home.use(target, of: home.anna)
                }
            }
            try await home.tenant.plant(original.value, at: original, of: target)
            try await home.use(target, of: home.anna)
        }
    }

    @Test("is recorded, counted and reported, and nothing of it is told")
    func told() async throws {
        let home = try await FurnishedTenant.make()
        let (log, metrics) = (CapturedLog(), TestMetrics())
        let tenant = try await home.tenant.served(by: home.tenant.services, logger: log.logger)
        let original = try await home.sealed(.login, of: home.anna)
        try await tenant.plant(try await home.sealed(.displayName, of: home.anna).value, at: original, of: .login)
        await withMetricsFactory(metrics) {
            for _ in 0..<2 {
                await expectRefused(at: original.cell) { _ = try await tenant.people.user(home.anna.person.id) }
            }
        }
        let events = try await tenant.events(.sealedValueRefused)
        let place = SealedValueRefused(cell: original.cell).place
        #expect(events.map(\.subject) == [place, place])
        #expect(events.allSatisfy { ($0.outcome, $0.reason, $0.actor) == ("refused", "not_authentic", "system") })
        #expect(try metrics.expectCounter("gatehouse_sealed_values_refused").totalValue == 2)
        #expect(log.lines.count { $0.hasPrefix("critical") } == 2)
        #expect(log.lines.allSatisfy { !$0.contains("canary") && !$0.contains(home.anna.person.login) })
    }

    @Test("is refused where a page of people or events is listed, which says nothing of the others either")
    func pages() async throws {
        let home = try await FurnishedTenant.make()
        let original = try await home.sealed(.login, of: home.bert)
        try await home.tenant.plant(try await home.sealed(.login, of: home.anna).value, at: original, of: .login)
        await expectRefused(at: original.cell) { _ = try await home.tenant.people.list(after: nil, limit: 10) }
        #expect(try await home.tenant.people.user(home.anna.person.id)?.login == home.anna.person.login)
    }
}

/// Expects that `body` fails since the value of `cell` is refused, and that the error tells the place and nothing else.
func expectRefused(
    at cell: Cell, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    await #expect(comment, sourceLocation: sourceLocation) {
        try await body()
    } throws: { error in
        let place = SealedValueRefused(cell: cell).place
        return "\(error)" == "the sealed value at \(place) was altered, or does not belong there"
    }
}
