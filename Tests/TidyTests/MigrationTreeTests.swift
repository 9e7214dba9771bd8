import Testing

/// Holds every migration of the product against the rules that keep tenants apart.
@Suite("Migrations of the tree")
struct MigrationTreeTests {
    private let files = SourceTree.current.files.filter { $0.path.hasPrefix("migrations/sql/") }
    private let outside = Set(HouseRules.tablesOutsideTenants.keys)

    @Test("migrations are numbered from 0001 without a gap")
    func numbering() {
        #expect(!files.isEmpty)
        #expect(numberingProblems(of: files.map(\.name)) == [])
    }

    @Test("a table is isolated by tenant in the file that creates it, or stands on the short list of exceptions")
    func isolation() {
        expectNone(files.map(Migration.init).flatMap { $0.openTables(except: outside) })
    }

    @Test("every key of a tenant's table begins with the tenant")
    func keys() {
        expectNone(files.map(Migration.init).flatMap { $0.looseKeys(except: outside) })
    }

    @Test("every exception exists and is no tenant's table")
    func exceptions() {
        let migrations = files.map(Migration.init)
        let created = Set(migrations.flatMap { $0.created.map(\.table) })
        let isolated = migrations.reduce(into: Set<String>()) { $0.formUnion($1.isolated) }
        #expect(outside.subtracting(created) == [])
        #expect(outside.intersection(isolated) == [])
    }
}
