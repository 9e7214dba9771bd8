import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Operators")
struct OperatorTests {
    @Test("a key opens the platform for its operator")
    func key() async throws {
        let operators = try await operators()
        let made = try #require(try await operators.create(try name(), requestID: "r"))
        #expect(try await operators.authenticate(made.key) == made.id)
    }

    @Test("no other text does")
    func otherText() async throws {
        let operators = try await operators()
        let made = try #require(try await operators.create(try name(), requestID: "r"))
        let strange = [
            try OpaqueToken.make(.operatorKey).text, SecretText(""), SecretText(made.key.text + "A"),
            SecretText(made.key.text.lowercased()), SecretText("ghr" + made.key.text.dropFirst(3)),
        ]
        for text in strange { #expect(try await operators.authenticate(text) == nil) }
    }

    @Test("a name is taken once")
    func nameTaken() async throws {
        let (operators, name) = (try await operators(), try name())
        let made = try await inParallel(4) { _ in try await operators.create(name, requestID: "r") }
        #expect(made.compactMap(\.self).count == 1)
    }

    @Test("a revoked key opens nothing")
    func revoked() async throws {
        let operators = try await operators()
        let made = try #require(try await operators.create(try name(), requestID: "r"))
        try await TestDatabase.shared.platform.affected(
            "UPDATE gatehouse.operators SET revoked_at = now() WHERE id = '\(made.id.rawValue)'")
        #expect(try await operators.authenticate(made.key) == nil)
    }

    @Test("making one is recorded, and what was recorded stays")
    func recorded() async throws {
        let made = try #require(try await operators().create(try name(), requestID: "request-7"))
        let platform = try await TestDatabase.shared.platform
        let event = try await platform.value(
            "SELECT type || ' ' || actor || ' ' || request_id FROM gatehouse.platform_events WHERE subject = '\(made.id)'"
        )
        #expect(event == "operator.created host request-7")
        for sql in ["DELETE FROM gatehouse.platform_events", "UPDATE gatehouse.platform_events SET actor = 'x'"] {
            await #expect(throws: DatabaseError.refused) { try await platform.affected(sql) }
        }
    }

    @Test("the key stands in no table as it is")
    func storedAsHash() async throws {
        let made = try #require(try await operators().create(try name(), requestID: "r"))
        let row = try await TestDatabase.shared.platform.value(
            "SELECT encode(key_hash, 'escape') || name FROM gatehouse.operators WHERE id = '\(made.id.rawValue)'")
        #expect(try #require(row).contains(made.key.text) == false)
    }

    @Test(
        "a name is 1 to 64 of letters, digits, ., _, @ and -",
        arguments: [
            ("a", true), ("ops@example.com", true), ("A-1_b.c", true), (String(repeating: "a", count: 64), true),
            ("", false),
            ("a b", false), ("é", false), ("a\u{0}", false), ("a/b", false), (String(repeating: "a", count: 65), false),
        ])
    func names(_ text: String, _ isAllowed: Bool) {
        #expect((OperatorName(text) != nil) == isAllowed)
    }

    private func operators() async throws -> Operators {
        Operators(database: try await TestDatabase.shared.platform, now: FixedClock().reading)
    }

    private func name() throws -> OperatorName { try #require(OperatorName("op-\(unique())")) }
}
