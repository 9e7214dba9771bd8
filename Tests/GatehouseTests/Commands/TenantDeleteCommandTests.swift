import Foundation
import PluginKit
import Testing

@testable import GatehouseProgram
@testable import Kernel

@Suite("What `tenants delete` shows while it works") struct TenantDeleteCommandTests {
    private let now = Date(timeIntervalSince1970: 1_750_000_000)

    @Test("keys first, then a bar as far as the rows are counted, then what it waits for")
    func progress() {
        #expect(operation().progressLine == "acme: destroying its keys")
        #expect(operation(keysDestroyedAt: now).progressLine == "acme: its keys are destroyed; counting its rows")
        let half = operation(keysDestroyedAt: now, estimate: 60, counts: ["users": 10, "sessions": 20])
        #expect(half.progressLine == "acme: [###############...............] 30 of 60 rows")
        let all = operation(keysDestroyedAt: now, estimate: 20, counts: ["users": 30])
        #expect(all.progressLine == "acme: removed 30 rows; waiting for what is under way")
    }

    private func operation(
        keysDestroyedAt: Date? = nil, estimate: Int? = nil, counts: [String: Int] = [:]
    ) -> PlatformOperation {
        PlatformOperation(
            id: .make(at: now), kind: .deleteTenant, tenant: .make(at: now), slug: "acme", state: .running,
            counts: counts, estimate: estimate, lastEvent: nil, keysDestroyedAt: keysDestroyedAt, error: nil,
            receipt: nil, leasedUntil: now, isSettled: false, startedBy: "host", createdAt: now, finishedAt: nil)
    }
}
