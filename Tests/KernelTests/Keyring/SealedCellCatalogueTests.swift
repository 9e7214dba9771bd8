import Cryptography
import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("The list of sealed values")
struct SealedCellCatalogueTests {
    @Test("has every column that is called sealed, and each can be replaced where it is listed")
    func complete() async throws {
        let planted = try await PlantedTenants.make()
        let tenant = planted.owner
        let columns = try await Self.columns()
        for (table, column) in columns {
            try await tenant.asOwner(
                """
                UPDATE gatehouse.\(table)
                SET    \(column) = '\\x0102'
                WHERE  tenant_id = '\(tenant.id.rawValue)'
                """)
        }
        #expect(Set(columns.map { "\($0).\($1)" }) == Set(SealedPlace.allCases.map(\.rawValue)))
        for place in SealedPlace.allCases {
            let stored = try await tenant.sealed(place)
            #expect(stored.map(\.value) == [[1, 2]], "\(place)")
            let replace = ReplaceCell(place: place.rawValue, old: try #require(stored.first), new: [3])
            #expect(try await tenant.database.first(replace) == true, "\(place)")
            #expect(try await tenant.sealed(place).map(\.value) == [[3]], "\(place)")
            #expect(try await tenant.database.first(replace) == false, "\(place)")
        }
    }

    @Test("has no column that is not called sealed, nor a number for two kinds of value")
    func numbers() async throws {
        let home = try await FurnishedTenant.make()
        var places: [CellColumn: Set<SealedPlace>] = [:]
        for (place, stored) in try await home.tenant.sealed() { places[stored.cell.column, default: []].insert(place) }
        // A current hash becomes an earlier one without being sealed anew.
        #expect(places.values.filter { $0.count > 1 } == [[.password, .earlierPassword]])
        #expect(places.count == SealedPlace.allCases.count - 1)
        let listed = try await home.tenant.database.value(
            "SELECT string_agg(DISTINCT place, ' ') FROM gatehouse.sealed_cells")
        let names = listed?.split(separator: " ").map(String.init) ?? []
        #expect(Set(names) == Set(SealedPlace.allCases.map(\.rawValue)))
    }

    @Test("shows a tenant its own values and no other's, and replaces no other's")
    func isolated() async throws {
        let (home, abroad) = (try await FurnishedTenant.make(), try await TestTenant.make())
        for place in SealedPlace.allCases {
            #expect(try await abroad.sealed(place).isEmpty, "\(place)")
            let stored = try await home.sealed(place, of: home.anna)
            let replace = ReplaceCell(place: place.rawValue, old: stored, new: [3])
            #expect(try await abroad.database.first(replace) == false, "\(place)")
        }
        #expect(try await home.tenant.openEverything() > 0)
    }

    @Test("lets what somebody changed meanwhile stand")
    func changedMeanwhile() async throws {
        let tenant = try await TestTenant.make()
        let person = try await tenant.person()
        let old = try #require(try await tenant.sealed(.login).first)
        let changes = UserChanges(login: "changed-\(person.login)".asLogin())
        _ = try await tenant.people.update(person.id, to: changes, by: .hostOperator(.test())).get()
        let anew = try await tenant.keyring().seal(Array(person.login.utf8), at: old.cell)
        let replace = ReplaceCell(place: SealedPlace.login.rawValue, old: old, new: anew)
        #expect(try await tenant.database.first(replace) == false)
        #expect(try await tenant.people.user(person.id)?.login == "changed-\(person.login)")
        let add = AddMissingLoginEntry(
            entry: LoginEntry(entry: [UInt8](repeating: 1, count: 32), key: try await tenant.keyring().active),
            user: person.id, sealedLogin: old.value)
        try await tenant.database.execute(DeleteLoginEntries(user: person.id))
        #expect(try await tenant.database.execute(add) == 0)
    }

    /// The columns that are called sealed, as the database itself knows them.
    private static func columns() async throws -> [(table: String, column: String)] {
        let list = try await TestDatabase.shared.administrator.value(
            """
            SELECT string_agg(c.table_name || '.' || c.column_name, ' ')
            FROM   information_schema.columns c
            JOIN   information_schema.tables t USING (table_schema, table_name)
            WHERE  c.table_schema = 'gatehouse'
            AND    c.column_name LIKE 'sealed\\_%'
            AND    c.data_type = 'bytea'
            AND    t.table_type = 'BASE TABLE'
            """)
        return (list ?? "").split(separator: " ").map { name in
            let parts = name.split(separator: ".").map(String.init)
            return (parts[0], parts[1])
        }
    }
}
