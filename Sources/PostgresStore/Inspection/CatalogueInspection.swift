internal import PluginKit

/// Holds the database's catalogue against the rules of isolation. Reads only what every role may read.
package struct CatalogueInspection: Sendable {
    private let role: String
    private let runner: any StatementRunner

    /// The application's view.
    package init(_ store: PostgresStore) {
        self = store.inspection
    }

    /// The platform's view.
    package init(_ store: PostgresPlatformStore) {
        self = store.inspection
    }

    /// - Parameter role: what the connection must be logged in as.
    init(role: String, runner: any StatementRunner) {
        self.role = role
        self.runner = runner
    }

    /// Every finding; none is how it should be.
    ///
    /// - Throws: ``DatabaseError``.
    package func run() async throws -> [CatalogueFinding] {
        // Another role may not even see enough to be asked the rest.
        let connection = try await findings(of: [.connection(as: role)])
        return connection.isEmpty ? try await findings(of: CatalogueRule.all) : connection
    }

    private func findings(of rules: [CatalogueRule]) async throws -> [CatalogueFinding] {
        let results = try await runner.run(rules.map { BoundStatement(sql: $0.sql, parameters: $0.parameters) })
        return try zip(rules, results).flatMap { rule, result in
            try result.rows.map { columns in
                var row = RowReader(columns: columns)
                return rule.finding(on: try row.text())
            }
        }
    }
}
