import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The count of overdue keys") struct KeyCensusTests {
    @Test("a tenant is counted again until it has no overdue key any more")
    func rotated() async throws {
        let fixture = try await TestTenant.make("api_keys: {max_age: 10d, warn_before: 4d}")
        let key = try await fixture.apiKey().key.id
        try await fixture.services.keyCensus.count(fixture.tenant)
        #expect(fixture.services.keyCensus.withOverdueKeys.isEmpty)
        fixture.clock.advance(by: .seconds(7 * 86_400))
        try await fixture.ringKeyClock()
        #expect(fixture.services.keyCensus.withOverdueKeys == [fixture.id])
        _ = try await fixture.apiKeys.rotate(key, overlapSeconds: nil, by: .hostOperator(.test())).get()
        try await fixture.services.keyCensus.count(fixture.tenant)
        #expect(fixture.services.keyCensus.withOverdueKeys.isEmpty)
    }

    @Test("of overdue keys, the one that is so the longest comes first, with how many there are and the youngest's age")
    func overdue() async throws {
        let fixture = try await TestTenant.make("api_keys: {max_age: 10d, warn_before: 4d}")
        for name in ["first", "second", "third"] {
            _ = try await fixture.apiKey(name)
            fixture.clock.advance(by: .seconds(3600))
        }
        let youngest = fixture.clock.now.addingTimeInterval(-3600)
        fixture.clock.advance(by: .seconds(7 * 86_400))
        let overdue = try await APIKeys.overdue(in: fixture.database, at: fixture.clock.now, limit: 2)
        #expect(overdue.map(\.name) == ["first", "second"])
        #expect(overdue.map(\.countInAll) == [3, 3])
        #expect(overdue.map(\.youngestCreatedAt) == [youngest, youngest])
    }
}
