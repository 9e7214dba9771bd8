import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Letting go of a tenant")
struct OffboardingTests {
    @Test("empties every table of it, counts each row once, and leaves a neighbour's rows where they are")
    func everything() async throws {
        let (planted, neighbour) = (try await PlantedTenants.make(), try await PlantedTenants.make())
        let tables = try await TenantTables.names()
        let offboarding = try await planted.owner.offboarding()
        let begun = try await planted.owner.letGo(by: offboarding)
        let done = try await offboarding.run(begun.id)
        #expect(done.state == .succeeded)
        #expect(done.counts == Dictionary(uniqueKeysWithValues: tables.map { ($0, 1) }))
        #expect(done.estimate == tables.count)
        for table in tables {
            #expect(try await planted.owner.count(of: table) == 0, "\(table)")
            #expect(try await neighbour.owner.count(of: table) == 1, "\(table)")
        }
        #expect(try await planted.owner.platformEvents("tenant.deletion_started") == 1)
        #expect(try await planted.owner.platformEvents("tenant.deleted") == 1)
    }

    @Test("goes through every table there is, and through none before those that refer to it")
    func order() async throws {
        let administrator = try await TestDatabase.shared.administrator
        let listed = try await administrator.value("SELECT array_to_string(gatehouse.tenant_tables(), ' ')") ?? ""
        let tables = listed.split(separator: " ").map(String.init)
        #expect(Set(tables) == (try await TenantTables.names()))
        #expect(tables.count == Set(tables).count)
        let references = try await administrator.value(
            """
            SELECT string_agg(DISTINCT child.relname || '>' || parent.relname, ' ')
            FROM   pg_constraint k
            JOIN   pg_class child ON child.oid = k.conrelid
            JOIN   pg_class parent ON parent.oid = k.confrelid
            WHERE  k.contype = 'f'
            AND    child.relnamespace = 'gatehouse'::regnamespace
            AND    parent.relname <> 'tenants'
            """)
        for reference in (references ?? "").split(separator: " ") {
            let names = reference.split(separator: ">").map(String.init)
            let (child, parent) = (tables.firstIndex(of: names[0]), tables.firstIndex(of: names[1]))
            #expect(try #require(child) < #require(parent), "\(reference)")
        }
    }

    @Test("finds what refers to a row by an index, so that a batch takes as long with many rows as with few")
    func references() async throws {
        let slow = try await TestDatabase.shared.administrator.value(
            """
            SELECT string_agg(k.conname, ' ')
            FROM   pg_constraint k
            WHERE  k.contype = 'f'
            AND    k.connamespace = 'gatehouse'::regnamespace
            AND    k.confrelid <> 'gatehouse.tenants'::regclass
            AND    NOT EXISTS (
                SELECT
                FROM   pg_index i
                WHERE  i.indrelid = k.conrelid
                AND    i.indnkeyatts >= cardinality(k.conkey)
                AND    (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) LIKE '%IS NOT NULL)')
                AND    k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1]
            )
            """)
        #expect(slow == nil)
    }

    @Test("removes so many rows at a time and no more")
    func batches() async throws {
        let tenant = try await TestTenant.make()
        try await tenant.plantAttempts(25)
        let offboarding = try await tenant.offboarding {
            $0.batch = 10
            $0.lease = .zero
        }
        let begun = try await tenant.letGo(by: offboarding)
        var removed: [Int] = []
        while let step = try await offboarding.stepAndDie(begun.id) {
            if case .removed(let rows) = step, rows.table == "attempts" { removed.append(rows.count) }
        }
        #expect(removed == [10, 10, 5])
    }

    @Test("whoever is killed between any two steps, another goes on, and the counts are those of one who was not")
    func killed() async throws {
        let planted = try await PlantedTenants.make()
        let tenant = planted.owner
        let begun = try await tenant.letGo(by: try await tenant.offboarding())
        var steps: [Offboarding.Step] = []
        while let step = try await tenant.offboarding({ $0.lease = .zero }).stepAndDie(begun.id) { steps.append(step) }
        let tables = try await TenantTables.names()
        #expect(steps.count == tables.count + 3)
        let done = try #require(try await tenant.offboarding().operation(begun.id))
        #expect(done.state == .succeeded)
        #expect(done.counts == Dictionary(uniqueKeysWithValues: tables.map { ($0, 1) }))
    }

    @Test("two at once do it once")
    func together() async throws {
        let tenant = try await TestTenant.make()
        try await tenant.plantAttempts(300)
        let offboarding = try await tenant.offboarding {
            $0.batch = 10
            $0.lease = .zero
        }
        let begun = try await tenant.letGo(by: offboarding)
        let done = try await inParallel(2) { _ in try await offboarding.run(begun.id) }
        #expect(Set(done.compactMap(\.receipt)).count == 1)
        #expect(done[0].counts["attempts"] == 300)
        #expect(try await tenant.platformEvents("tenant.deleted") == 1)
    }

    @Test("begun again, also by many at once and when it is long done, it is the same operation")
    func repeated() async throws {
        let tenant = try await TestTenant.make()
        let offboarding = try await tenant.offboarding()
        let begun = try await inParallel(8) { _ in try await tenant.letGo(by: offboarding).id }
        #expect(Set(begun).count == 1)
        #expect(try await tenant.platformEvents("tenant.deletion_started") == 1)
        let done = try await offboarding.run(begun[0])
        #expect(try await tenant.letGo(by: offboarding) == done)
        let byID = try await offboarding.begin("\(tenant.id)", by: .host(requestID: "test"))
        #expect(byID == .begun(done))
    }

    @Test("works from a tenant that is suspended, and not for one that is not there")
    func states() async throws {
        let tenant = try await TestTenant.make()
        let offboarding = try await tenant.offboarding()
        let host = PlatformAuthor.host(requestID: "test")
        _ = try await offboarding.records.set(.suspended, of: tenant.id, by: host)
        let begun = try await tenant.letGo(by: offboarding)
        #expect(try await offboarding.run(begun.id).state == .succeeded)
        #expect(try await offboarding.begin("nobody-\(unique())", by: host) == .noSuchTenant)
        #expect(try await offboarding.begin("\(TenantID.make(at: tenant.clock.now))", by: host) == .noSuchTenant)
        #expect(try await offboarding.operation(.make(at: tenant.clock.now)) == nil)
    }

    @Test("does not begin while a file describes the tenant, and does when that is gone")
    func files() async throws {
        let (tenant, files) = (try await TestTenant.make(), TenantFilesInForce())
        let offboarding = try await tenant.offboarding(files: files)
        files.take([tenant.tenant.plan])
        let host = PlatformAuthor.host(requestID: "test")
        #expect(try await offboarding.begin(tenant.tenant.slug.text, by: host) == .managedByFile)
        #expect(try await tenant.platformEvents("tenant.deletion_started") == 0)
        files.take([])
        try await tenant.letGo(by: offboarding)
    }

    @Test("says nothing of being done before requests of other nodes are over, and takes what they leave away")
    func settling() async throws {
        let tenant = try await TestTenant.make()
        let offboarding = try await tenant.offboarding {
            $0.settling = .seconds(3600)
            $0.lease = .zero
        }
        let begun = try await tenant.letGo(by: offboarding)
        var last: Offboarding.Step?
        repeat { last = try await offboarding.stepAndDie(begun.id) } while last != .unsettled
        try await tenant.plantAttempts(1)
        #expect(try await offboarding.stepAndDie(begun.id) == .removed(RemovedRows(table: "attempts", count: 1)))
        #expect(try await offboarding.stepAndDie(begun.id) == .unsettled)
        try await TestDatabase.shared.administrator.affected(
            "UPDATE gatehouse.operations SET settled_at = now() WHERE id = '\(begun.id.rawValue)'")
        #expect(try await offboarding.run(begun.id).counts["attempts"] == 1)
    }

    @Test("what goes wrong is noted with the operation, which is tried again and then knows nothing of it")
    func trouble() async throws {
        let tenant = try await TestTenant.make()
        let broken = try await tenant.offboarding(failingAt: PurgeTenant.sql) { $0.retry = .zero }
        let begun = try await tenant.letGo(by: broken)
        await #expect(throws: DatabaseError.unavailable) { try await broken.run(begun.id) }
        #expect(try await broken.operation(begun.id)?.error == "unavailable")
        let done = try await tenant.offboarding().run(begun.id)
        #expect(done.error == nil)
        #expect(done.state == .succeeded)
    }

    @Test("an operation that somebody holds is nobody else's")
    func lease() async throws {
        let tenant = try await TestTenant.make()
        let offboarding = try await tenant.offboarding()
        let begun = try await tenant.letGo(by: offboarding)
        let claimed = try #require(try await offboarding.claim(begun.id))
        #expect(try await offboarding.claim(begun.id) == nil)
        let renewed = try #require(try await offboarding.renewed(claimed))
        #expect(try await offboarding.renewed(claimed) == nil)
        #expect(try await offboarding.renewed(renewed) != nil)
    }

    @Test("its slug is nobody's for 90 days, and then anybody's")
    func slug() async throws {
        let tenant = try await TestTenant.make()
        let offboarding = try await tenant.offboarding()
        _ = try await offboarding.run(try await tenant.letGo(by: offboarding).id)
        let (records, slug) = (offboarding.records, tenant.tenant.slug)
        let kept = try #require(try await records.register([(slug.text, "Another")]).first)
        #expect((kept.id, kept.state, kept.name) == (tenant.id, .deleted, ""))
        #expect(try await records.find(named: slug.text) == nil)
        try await tenant.bury(daysAgo: 89)
        #expect(try await records.register([(slug.text, "Another")]).first?.id == tenant.id)
        try await tenant.bury(daysAgo: 91)
        let another = try #require(try await records.register([(slug.text, "Another")]).first)
        #expect(another.id != tenant.id)
        #expect(another.state == .active)
    }
}

extension TestTenant {
    fileprivate func plantAttempts(_ count: Int) async throws {
        try await database.affected(
            """
            INSERT INTO gatehouse.attempts (bucket, empty_at)
            SELECT sha256(convert_to('\(unique())' || n, 'UTF8')), now() + interval '1 year'
            FROM   generate_series(1, \(count)) AS n
            """)
    }

    /// Makes it so that the tenant was deleted so many days ago.
    fileprivate func bury(daysAgo days: Int) async throws {
        try await TestDatabase.shared.administrator.affected(
            """
            UPDATE gatehouse.tenants
            SET    deleted_at = now() - interval '\(days) days'
            WHERE  id = '\(id.rawValue)'
            """)
    }
}
