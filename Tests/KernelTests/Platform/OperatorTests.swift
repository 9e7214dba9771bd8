import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Operators")
struct OperatorTests {
    private let clock = FixedClock()

    @Test("a key opens the platform for its operator")
    func key() async throws {
        let operators = try await operators()
        let made = try #require(try await operators.create(try name(), requestID: "r"))
        #expect(try await operators.authenticate(made.key, requestID: "r") == made.id)
    }

    @Test("no other text does")
    func otherText() async throws {
        let operators = try await operators()
        let made = try #require(try await operators.create(try name(), requestID: "r"))
        let strange = [
            try OpaqueToken.make(.operatorKey).text, SecretText(""), SecretText(made.key.text + "A"),
            SecretText(made.key.text.lowercased()), SecretText("ghr" + made.key.text.dropFirst(3)),
        ]
        for text in strange { #expect(try await operators.authenticate(text, requestID: "r") == nil) }
    }

    @Test("a name is taken once")
    func nameTaken() async throws {
        let (operators, name) = (try await operators(), try name())
        let made = try await inParallel(4) { _ in try await operators.create(name, requestID: "r") }
        #expect(made.compactMap(\.self).count == 1)
    }

    @Test("a revoked key opens nothing from that moment on, and cannot be rotated back")
    func revoked() async throws {
        let (operators, name) = (try await operators(), try name())
        let made = try #require(try await operators.create(name, requestID: "r"))
        let rotated = try #require(try await operators.rotate(name, overlapSeconds: 60, requestID: "r"))
        let record = try #require(try await operators.revoke(name, requestID: "r"))
        #expect(record.id == made.id && record.revokedAt == clock.now)
        for key in [made.key, rotated.key] { #expect(try await operators.authenticate(key, requestID: "r") == nil) }
        #expect(try await operators.rotate(name, overlapSeconds: 0, requestID: "r") == nil)
        clock.advance(by: .seconds(60))
        #expect(try await operators.revoke(name, requestID: "r")?.revokedAt == record.revokedAt)
        #expect(try await operators.revoke(try self.name(), requestID: "r") == nil)
        #expect(try await events(of: made.id).filter { $0.hasPrefix("operator.revoked") }.count == 1)
    }

    @Test("a key with an end opens nothing once it is over")
    func expired() async throws {
        let operators = try await operators()
        let made = try #require(try await operators.create(try name(), lifetimeSeconds: 90, requestID: "r"))
        #expect(made.expiresAt == clock.now.addingTimeInterval(90))
        clock.advance(by: .seconds(89))
        #expect(try await operators.authenticate(made.key, requestID: "r") == made.id)
        clock.advance(by: .seconds(1))
        #expect(try await operators.authenticate(made.key, requestID: "r") == nil)
    }

    @Test("a rotated key is good until the overlap is over, and never longer than it was to be")
    func rotated() async throws {
        let (operators, name) = (try await operators(), try name())
        let first = try #require(try await operators.create(name, lifetimeSeconds: 3600, requestID: "r"))
        let second = try #require(
            try await operators.rotate(name, lifetimeSeconds: 7200, overlapSeconds: 60, requestID: "r"))
        #expect(second.id == first.id && second.previousKeyUntil == clock.now.addingTimeInterval(60))
        #expect(try await operators.authenticate(first.key, requestID: "r") == first.id)
        clock.advance(by: .seconds(60))
        #expect(try await operators.authenticate(first.key, requestID: "r") == nil)
        #expect(try await operators.authenticate(second.key, requestID: "r") == first.id)
        let third = try #require(try await operators.rotate(name, overlapSeconds: 86_400, requestID: "r"))
        #expect(third.previousKeyUntil == second.expiresAt && third.expiresAt == nil)
        let fourth = try #require(try await operators.rotate(name, overlapSeconds: 0, requestID: "r"))
        for key in [second.key, third.key] { #expect(try await operators.authenticate(key, requestID: "r") == nil) }
        #expect(try await operators.authenticate(fourth.key, requestID: "r") == first.id)
        #expect(try await operators.rotate(try self.name(), overlapSeconds: 0, requestID: "r") == nil)
        #expect(try await events(of: first.id).filter { $0.hasPrefix("operator.key_rotated host") }.count == 3)
    }

    @Test("a key that has ended is recorded once an hour, a key of nobody not at all")
    func refusals() async throws {
        let (operators, name) = (try await operators(), try name())
        let made = try #require(try await operators.create(name, requestID: "r"))
        _ = try await operators.revoke(name, requestID: "r")
        let refused = { try await events(of: made.id).filter { $0.hasPrefix("operator.key_refused") } }
        for _ in 0..<3 { _ = try await operators.authenticate(made.key, requestID: "asked") }
        #expect(try await refused() == ["operator.key_refused operator:\(made.id) refused asked"])
        clock.advance(by: .seconds(3600))
        for _ in 0..<3 { _ = try await operators.authenticate(made.key, requestID: "again") }
        #expect(try await refused().count == 2)
        let nobody = try OpaqueToken.make(.operatorKey).text
        #expect(try await operators.authenticate(nobody, requestID: "of-\(name.text)") == nil)
        let platform = try await TestDatabase.shared.platform
        #expect(
            try await platform.value(
                "SELECT count(*)::text FROM gatehouse.platform_events WHERE request_id = 'of-\(name.text)'") == "0")
    }

    @Test("the list has everybody, with what became of his key")
    func list() async throws {
        let (operators, name) = (try await operators(), try name())
        let made = try #require(try await operators.create(name, lifetimeSeconds: 60, requestID: "r"))
        _ = try await operators.revoke(name, requestID: "r")
        let record = try #require(try await operators.list().first { $0.id == made.id })
        #expect(record.name == name.text && record.expiresAt == made.expiresAt && record.revokedAt != nil)
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
        Operators(database: try await TestDatabase.shared.platform, now: clock.reading)
    }

    /// What is recorded of an operator, the oldest first.
    private func events(of id: OperatorID) async throws -> [String] {
        let text = try await TestDatabase.shared.platform.value(
            """
            SELECT string_agg(type || ' ' || actor || ' ' || outcome || ' ' || request_id, ',' ORDER BY created_at, id)
            FROM gatehouse.platform_events WHERE subject = '\(id)'
            """)
        return (text ?? "").split(separator: ",").map(String.init)
    }

    private func name() throws -> OperatorName { try #require(OperatorName("op-\(unique())")) }
}
