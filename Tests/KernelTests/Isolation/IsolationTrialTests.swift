import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import PostgresStore
import Testing

@testable import Kernel

@Suite("The trial of the isolation of tenants")
struct IsolationTrialTests {
    @Test("finds nothing open, for a tenant that has rows beside others that have, and for one that does not exist")
    func closed() async throws {
        let planted = try await PlantedTenants.make()
        let nobody = try await TestDatabase.shared.tenants.database(of: .make(at: TestTenant.start))
        for database in [planted.owner.database, planted.stranger.database, nobody] {
            let before = try await planted.owner.rows()
            #expect(try await IsolationTrial(of: database).crossings(at: TestTenant.start) == [])
            #expect(try await planted.owner.rows() == before)
        }
    }

    @Test("names every table in which rows of others can be seen, and that others' can be written")
    func open() async throws {
        let planted = try await PlantedTenants.make()
        let unfenced = Unfenced(
            tenant: planted.stranger.id, signer: TestContextSigner(key: try await TestDatabase.shared.contextKey),
            runner: try await TestDatabase.shared.administrator)
        let crossings = try await IsolationTrial(of: unfenced).crossings(at: TestTenant.start)
        let named = crossings.filter { $0.hasPrefix("rows of other tenants can be read in ") }
            .compactMap { $0.split(separator: " ").last.map(String.init) }
        #expect(Set(named) == (try await TenantTables.names()))
        #expect(crossings.contains("a row can be written into another tenant"))
    }
}

/// A tenant's rows by a role that row-level security does not hold.
private struct Unfenced: TenantDatabase, TenantTransaction {
    let tenant: TenantID
    let signer: TestContextSigner
    let runner: any StatementRunner

    func run(_ statements: [BoundStatement]) async throws -> [StatementResult] {
        let context = BoundStatement(
            sql: "SELECT set_config('gatehouse.tenant', $1, true)",
            parameters: [.text(signer.signedContext(for: tenant))])
        return Array(try await runner.run([context] + statements).dropFirst())
    }

    func transaction<Value: Sendable>(
        _ body: @Sendable (any TenantTransaction) async throws -> Value
    ) async throws -> Value {
        try await body(self)
    }
}
