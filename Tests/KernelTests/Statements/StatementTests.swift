import DatabaseTesting
import PasswordLogin
import PluginKit
import RecoveryCodes
import TOTPFactor
import Testing

@testable import Kernel

@Suite("Statements against the schema")
struct StatementTests {
    @Test("the application role can run every statement of a tenant", arguments: StatementCase.tenant)
    func tenant(_ statement: StatementCase) async throws {
        let tenant = try await TestTenant.make()
        try await statement.explain(as: tenant.database)
    }

    @Test("the platform role can run every statement of the registry", arguments: StatementCase.platform)
    func platform(_ statement: StatementCase) async throws {
        try await statement.explain(as: try await TestDatabase.shared.platform)
    }

    @Test("the maintenance role can run every purge", arguments: StatementCase.maintenance)
    func maintenance(_ statement: StatementCase) async throws {
        try await statement.explain(as: try await TestDatabase.shared.maintenance)
    }

    @Test("a statement that names what is not there does not pass")
    func wrongColumn() async throws {
        let database = try await TestDatabase.shared
        await #expect(throws: DatabaseError.failed(sqlState: "42703")) {
            try await database.platform.explain("SELECT no_such_column FROM gatehouse.tenants", parameterCount: 0)
        }
    }

    @Test("a statement beyond its role's privileges does not pass", arguments: StatementCase.tenant)
    func wrongRole(_ statement: StatementCase) async throws {
        let database = try await TestDatabase.shared
        await #expect(throws: DatabaseError.refused) { try await statement.explain(as: database.platform) }
    }
}

/// One statement to be planned.
struct StatementCase: Sendable, CustomTestStringConvertible {
    let type: any Statement.Type

    static let tenant =
        (KernelStatements.tenant + PasswordLoginProvider.statements + TOTPProvider.statements
        + RecoveryCodesProvider.statements).map(StatementCase.init)
    static let platform = KernelStatements.platform.map(StatementCase.init)
    static let maintenance = KernelStatements.maintenance.map(StatementCase.init)

    var testDescription: String { "\(type)" }

    func explain(as runner: any StatementRunner) async throws {
        try await runner.explain(type.sql, parameterCount: parameterCount)
    }

    /// The highest number behind a `$`.
    private var parameterCount: Int {
        type.sql.text.matches(of: /\$([0-9]+)/).compactMap { Int($0.1) }.max() ?? 0
    }
}
