import Cryptography
import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import PostgresStore
import Testing

@testable import Kernel

@Suite("The tenant that a transaction proves")
struct TenantContextTests {
    @Test("a context that is not signed opens no table", arguments: ForgedContext.allCases)
    func forged(_ forgery: ForgedContext) async throws {
        let planted = try await PlantedTenants.make()
        let context = try await forgery.context(for: planted.owner.id)
        for table in try await TenantTables.names() {
            await #expect(throws: DatabaseError.refused, "\(table)") {
                _ = try await planted.stranger.database.run([
                    BoundStatement(sql: Self.setContext, parameters: [.text(context)]),
                    BoundStatement(sql: Self.runText, parameters: [.text("SELECT tenant_id FROM gatehouse.\(table)")]),
                ])
            }
        }
    }

    @Test("without any context, no table opens and no row is written")
    func absent() async throws {
        let planted = try await PlantedTenants.make()
        for (table, insert) in TenantTables.inserts(user: planted.person) {
            for sql in ["SELECT tenant_id FROM gatehouse.\(table)", insert] {
                await #expect(throws: DatabaseError.refused, "\(table)") {
                    _ = try await planted.stranger.database.run([
                        BoundStatement(sql: Self.setContext, parameters: [.text("")]),
                        BoundStatement(sql: Self.runText, parameters: [.text(sql)]),
                    ])
                }
            }
        }
    }

    @Test("a context from the right key opens its tenant: the forgeries above fail for what is wrong with them")
    func control() async throws {
        let planted = try await PlantedTenants.make()
        let signer = TestContextSigner(key: try await TestDatabase.shared.contextKey)
        let results = try await planted.stranger.database.run([
            BoundStatement(sql: Self.setContext, parameters: [.text(signer.signedContext(for: planted.owner.id))]),
            BoundStatement(sql: Self.runText, parameters: [.text("SELECT tenant_id FROM gatehouse.users")]),
        ])
        #expect(results[1].rows == [[.int(1)]])
    }

    @Test("a context ends with its transaction")
    func local() async throws {
        let planted = try await PlantedTenants.make()
        for _ in 0..<20 {
            #expect(try await planted.owner.database.affected("SELECT tenant_id FROM gatehouse.users") == 1)
            #expect(try await planted.stranger.database.affected("SELECT tenant_id FROM gatehouse.users") == 0)
            await #expect(throws: (any Error).self) {
                try await planted.owner.database.affected("SELECT 1 / 0 FROM gatehouse.users")
            }
            #expect(try await planted.stranger.database.affected("SELECT tenant_id FROM gatehouse.users") == 0)
        }
    }

    private static let setContext: SQL = "SELECT set_config('gatehouse.tenant', $1, true)"
    private static let runText: SQL = "SELECT probe.affected($1)"
}

/// A context that nobody signed who may.
enum ForgedContext: CaseIterable {
    case unsigned, zeros, anotherKey, anotherTenantsCode, upperCase, trailing

    func context(for tenant: TenantID) async throws -> String {
        let key = try await TestDatabase.shared.contextKey
        let uuid = tenant.rawValue.uuidString.lowercased()
        let genuine = TestContextSigner(key: key).signedContext(for: tenant)
        switch self {
        case .unsigned: return uuid
        case .zeros: return "\(uuid).\(String(repeating: "0", count: 64))"
        case .anotherKey:
            return TestContextSigner(key: KeyBytes(try Randomness.bytes(32))).signedContext(for: tenant)
        case .anotherTenantsCode:
            let other = TestContextSigner(key: key).signedContext(for: .make(at: FixedClock().now))
            return uuid + other.dropFirst(36)
        case .upperCase: return genuine.uppercased()
        case .trailing: return genuine + " "
        }
    }
}
