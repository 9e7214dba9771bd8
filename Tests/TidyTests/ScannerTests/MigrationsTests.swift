import Testing

@Suite("Migrations read as text")
struct MigrationsTests {
    private func migration(_ text: String) -> Migration {
        Migration(SourceFile(path: "migrations/sql/0001_a.sql", text: text))
    }

    private func looseKeys(_ text: String) -> [String] {
        migration(text).looseKeys(except: ["gatehouse.outside"]).map(\.message)
    }

    @Test("statements are split at semicolons outside of quotes, bodies and comments")
    func splitting() {
        let found = sqlStatements(in: "-- a;\nSELECT ';';\n\nCREATE FUNCTION f() AS $x$ a; $$b;$$ $x$;\n  c\n d")
        #expect(found.map(\.text) == ["SELECT ';'", "CREATE FUNCTION f() AS $x$ a; $$b;$$ $x$", "c d"])
        #expect(found.map(\.line) == [2, 4, 5])
    }

    @Test("a table without isolation is found, and an exception is not")
    func openTables() {
        let text =
            "CREATE TABLE gatehouse.a (x int);\nCREATE TABLE gatehouse.b (x int);\nCALL gatehouse.isolate('gatehouse.a');"
        #expect(migration(text).openTables(except: []).map(\.line) == [2])
        #expect(migration(text).openTables(except: ["gatehouse.b"]).isEmpty)
        #expect(
            migration("CREATE TABLE gatehouse.c ();\n-- CALL gatehouse.isolate('gatehouse.c');").openTables(except: [])
                .count == 1)
    }

    @Test(
        "a key that does not begin with the tenant is found",
        arguments: [
            "CREATE TABLE gatehouse.a (id uuid PRIMARY KEY)",
            "CREATE TABLE gatehouse.a (tenant_id uuid, id uuid, PRIMARY KEY (id, tenant_id))",
            "CREATE TABLE gatehouse.a (email text UNIQUE)",
            "CREATE TABLE gatehouse.a (email text, UNIQUE (email))",
            "CREATE TABLE gatehouse.a (user_id uuid REFERENCES gatehouse.users (id))",
            "CREATE TABLE gatehouse.a (user_id uuid REFERENCES gatehouse.users)",
            "CREATE TABLE gatehouse.a (owner uuid REFERENCES gatehouse.tenants (id))",
            "CREATE TABLE gatehouse.a (u uuid, FOREIGN KEY (u) REFERENCES gatehouse.users (tenant_id))",
            "CREATE UNIQUE INDEX i ON gatehouse.a (email) WHERE x",
            "ALTER TABLE gatehouse.a ADD UNIQUE (email)",
        ])
    func looseKey(statement: String) {
        #expect(looseKeys(statement + ";").count == 1)
    }

    @Test(
        "a key that begins with the tenant is accepted",
        arguments: [
            "CREATE TABLE gatehouse.a (tenant_id uuid REFERENCES gatehouse.tenants (id), PRIMARY KEY (tenant_id, id))",
            "CREATE TABLE gatehouse.a (x text CHECK (x IN ('a', 'b')), UNIQUE (tenant_id, x))",
            """
            CREATE TABLE gatehouse.a (
                u uuid,
                FOREIGN KEY (tenant_id, u) REFERENCES gatehouse.users (tenant_id, id) ON DELETE CASCADE
            )
            """,
            "CREATE UNIQUE INDEX i ON gatehouse.a (tenant_id, email) WHERE x",
            "CREATE INDEX i ON gatehouse.a (email)",
            "CREATE TABLE gatehouse.outside (id uuid PRIMARY KEY)",
        ])
    func tenantKey(statement: String) {
        #expect(looseKeys(statement + ";") == [])
    }

    @Test("a gap, a repeated number and a misnamed file are found")
    func numbering() {
        #expect(numberingProblems(of: ["0001_a.sql", "0002_b_c.sql"]) == [])
        #expect(numberingProblems(of: ["0001_a.sql", "0003_b.sql"]).count == 1)
        #expect(numberingProblems(of: ["0001_a.sql", "0001_b.sql"]).count == 1)
        #expect(numberingProblems(of: ["0001_a.sql", "0002_Big.sql"]).count == 1)
        #expect(numberingProblems(of: ["0001_.sql"]).count == 1)
    }
}
