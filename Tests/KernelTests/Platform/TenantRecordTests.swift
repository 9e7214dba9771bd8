import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The registry of tenants")
struct TenantRecordTests {
    private let clock = FixedClock()

    @Test("a tenant keeps its id for ever; a new name is taken over")
    func register() async throws {
        let (records, slug) = (try await records(), "t\(unique())")
        let first = try #require(try await records.register([(slug, "Old")]).first)
        clock.advance(by: .seconds(60))
        let again = try #require(try await records.register([(slug, "Old")]).first)
        let renamed = try #require(try await records.register([(slug, "New")]).first)
        #expect((first.id, first.createdAt) == (again.id, again.createdAt))
        #expect((renamed.id, renamed.name, renamed.state, renamed.ownedAt) == (first.id, "New", .active, nil))
        #expect(try await records.find(slug: slug)?.name == "New")
        #expect(try await records.find(id: first.id)?.slug == slug)
    }

    @Test("several are entered at once, known ones among them, each once")
    func several() async throws {
        let (records, slugs) = (try await records(), (0..<4).map { _ in "t\(unique())" })
        let known = try await records.register([(slugs[1], "Known")])
        let all = try await records.register(slugs.map { ($0, "A name") })
        #expect(all.map(\.slug).sorted() == slugs.sorted())
        #expect(all.first { $0.slug == slugs[1] }?.id == known.first?.id)
        #expect(try await records.register([]).isEmpty)
    }

    @Test("nodes that enter the same tenant at once agree on its id")
    func parallel() async throws {
        let records = try await records()
        for _ in 0..<20 {
            let slug = "t\(unique())"
            let ids = try await inParallel(8) { _ in try await records.register([(slug, "A name")]).map(\.id) }
            #expect(ids.allSatisfy { $0.count == 1 })
            #expect(Set(ids).count == 1)
        }
    }

    @Test("a list goes through all tenants once, in pages")
    func paging() async throws {
        let records = try await records()
        let mine = try await records.register((0..<5).map { _ in ("t\(unique())", "A name") }).map(\.id)
        var pages: [[TenantID]] = []
        repeat {
            pages.append(try await records.list(after: pages.last?.last, limit: 2).map(\.id))
        } while pages.last?.isEmpty == false
        let all = pages.flatMap(\.self)
        #expect(pages.allSatisfy { $0.count <= 2 })
        #expect(Set(all).count == all.count)
        #expect(all == all.sorted())
        #expect(Set(mine).isSubset(of: all))
    }

    @Test("who is unknown is not found")
    func unknown() async throws {
        let records = try await records()
        #expect(try await records.find(slug: "t\(unique())") == nil)
        #expect(try await records.find(id: .make(at: clock.now)) == nil)
    }

    private func records() async throws -> TenantRecords {
        TenantRecords(database: try await TestDatabase.shared.platform, now: clock.reading)
    }
}
