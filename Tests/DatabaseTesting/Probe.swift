package import PluginKit

/// Lets a test run SQL that it has put together, as whatever role and tenant a connection speaks for.
///
/// The product has no way to do that: its SQL is literal. So the test database has functions, run with their caller's
/// rights, that take SQL as a parameter; they stand in a schema of their own.
enum Probe {
    static func install(as administrator: any StatementRunner) async throws {
        _ = try await administrator.run(
            [makeSchema, openSchema, makeAffected, makeValue, makeExplain, makePlan, relaxDurability].map {
                BoundStatement(sql: $0, parameters: [])
            })
    }

    private static let makeSchema: SQL = "CREATE SCHEMA probe"

    private static let openSchema: SQL = "GRANT USAGE ON SCHEMA probe TO PUBLIC"

    private static let makeAffected: SQL = """
        CREATE FUNCTION probe.affected(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            touched bigint;
        BEGIN
            EXECUTE statement;
            GET DIAGNOSTICS touched = ROW_COUNT;
            RETURN touched;
        END $$
        """

    private static let makeValue: SQL = """
        CREATE FUNCTION probe.value(statement text) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE
            found text;
        BEGIN
            EXECUTE statement INTO found;
            RETURN found;
        END $$
        """

    // A prepared statement outlives the transaction that made it, failed or not.
    private static let makeExplain: SQL = """
        CREATE FUNCTION probe.explain(statement text, arguments text) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            line text;
        BEGIN
            IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'probe') THEN
                DEALLOCATE probe;
            END IF;
            EXECUTE 'PREPARE probe AS ' || statement;
            EXECUTE 'EXPLAIN EXECUTE probe' || arguments INTO line;
        END $$
        """

    private static let makePlan: SQL = """
        CREATE FUNCTION probe.plan(statement text, arguments text, mode text) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE
            line  text;
            lines text := '';
        BEGIN
            PERFORM set_config('plan_cache_mode', mode, true);
            IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'probe') THEN
                DEALLOCATE probe;
            END IF;
            EXECUTE 'PREPARE probe AS ' || statement;
            FOR line IN EXECUTE 'EXPLAIN (COSTS off) EXECUTE probe' || arguments LOOP
                lines := lines || line || E'\\n';
            END LOOP;
            RETURN lines;
        END $$
        """

    // Nothing of a test has to survive a crash of the machine.
    private static let relaxDurability: SQL = "ALTER DATABASE gatehouse SET synchronous_commit = off"
}

extension StatementRunner {
    /// Runs `sql` and tells how many rows it touched or found.
    @discardableResult
    package func affected(_ sql: String) async throws -> Int {
        try await first(RunText(text: sql)) ?? 0
    }

    /// The first column of the first row of `sql`, as text.
    package func value(_ sql: String) async throws -> String? {
        try await first(ReadText(text: sql)) ?? nil
    }

    /// Plans `sql` without running it; fails where it names what is not there or not allowed.
    ///
    /// - Parameter parameterCount: how many parameters it has; they are NULL.
    package func explain(_ sql: SQL, parameterCount: Int) async throws {
        let nulls = (0..<parameterCount).map { _ in "NULL" }.joined(separator: ", ")
        let arguments = parameterCount == 0 ? "" : "(\(nulls))"
        try await execute(ExplainText(text: sql.text, arguments: arguments))
    }

    /// How PostgreSQL would run `sql`, line by line.
    ///
    /// - Parameters:
    ///   - arguments: the values of its parameters, as SQL has them, with commas between.
    ///   - isGeneric: whether the plan is to be good for any values, as that of a statement that was run often may be.
    package func plan(of sql: SQL, with arguments: String, isGeneric: Bool) async throws -> String {
        let mode = isGeneric ? "force_generic_plan" : "force_custom_plan"
        let arguments = arguments.isEmpty ? "" : "(\(arguments))"
        return try await first(PlanText(text: sql.text, arguments: arguments, mode: mode)) ?? ""
    }
}

private struct PlanText: Statement {
    static let sql: SQL = "SELECT probe.plan($1, $2, $3)"
    let text: String
    let arguments: String
    let mode: String
    var parameters: [SQLValue] { [.text(text), .text(arguments), .text(mode)] }
    static func decode(_ row: inout RowReader) throws -> String { try row.text() }
}

private struct RunText: Statement {
    static let sql: SQL = "SELECT probe.affected($1)"
    let text: String
    var parameters: [SQLValue] { [.text(text)] }
    static func decode(_ row: inout RowReader) throws -> Int { try row.int() }
}

private struct ReadText: Statement {
    static let sql: SQL = "SELECT probe.value($1)"
    let text: String
    var parameters: [SQLValue] { [.text(text)] }
    static func decode(_ row: inout RowReader) throws -> String? { try row.textIfAny() }
}

private struct ExplainText: Statement {
    static let sql: SQL = "SELECT probe.explain($1, $2)"
    let text: String
    let arguments: String
    var parameters: [SQLValue] { [.text(text), .text(arguments)] }
}
