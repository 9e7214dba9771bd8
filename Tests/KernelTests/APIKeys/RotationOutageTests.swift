import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// Whatever breaks while a key is rotated, its programs go on.
@Suite("A rotation that breaks off")
struct RotationOutageTests {
    private let caller = Caller.hostOperator(.test())

    @Test("leaves the old secret good and nothing behind, wherever it breaks", arguments: BrokenStatement.rotation)
    func rotate(_ statement: BrokenStatement) async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let before = try await tenant.rows()
        let broken = tenant.opened(as: tenant.tenant.failing(at: statement.sql))
        await #expect(throws: DatabaseError.unavailable) { try await broken.rotate(issued.key.id) }
        #expect(try await tenant.rows() == before)
        #expect(try await tenant.refusal(of: issued.text) == nil)
        #expect(try await tenant.refusal(of: try await tenant.rotate(issued.key.id).text) == nil)
    }

    @Test("leaves both secrets good where finishing or taking back breaks", arguments: BrokenStatement.ending)
    func end(_ statement: BrokenStatement) async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let rotated = try await tenant.rotate(issued.key.id)
        let before = try await tenant.rows()
        let broken = tenant.opened(as: tenant.tenant.failing(at: statement.sql))
        await #expect(throws: DatabaseError.unavailable) {
            if statement.isOfFinish { _ = try await broken.apiKeys.finishRotation(of: issued.key.id, by: caller) }
            _ = try await broken.apiKeys.cancelRotation(of: issued.key.id, by: caller)
        }
        #expect(try await tenant.rows() == before)
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
    }

    @Test("leaves everything as it was where the new key could not be brought to safety")
    func handOver() async throws {
        let tenant = try await TestTenant.make()
        let issued = try await tenant.apiKey()
        let before = try await tenant.rows()
        let keys = try await tenant.apiKeys
        await #expect(throws: DiskFull.self) {
            _ = try await keys.rotate(issued.key.id, overlapSeconds: nil, by: caller) { rotated in
                // It is not good before it is in safety.
                #expect(try await tenant.refusal(of: rotated.text) == .unknown)
                throw DiskFull()
            }
        }
        #expect(try await tenant.rows() == before)
        #expect(try await tenant.refusal(of: issued.text) == nil)
    }

    @Test("leaves each key with a good secret where it breaks in the midst of many", arguments: BrokenStatement.step)
    func many(_ statement: BrokenStatement) async throws {
        let tenant = try await TestTenant.make()
        var issued: [IssuedAPIKey] = []
        for _ in 0..<3 { issued.append(try await tenant.apiKey()) }
        let rotations = try await tenant.keyRotations
        let rotation = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        #expect(try await rotations.advance(rotation, limit: 1, by: caller).get().count == 1)
        let before = try await tenant.rows()
        let broken = tenant.opened(as: tenant.tenant.failing(at: statement.sql))
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await broken.keyRotations.advance(rotation, limit: 9, by: caller)
        }
        #expect(try await tenant.rows() == before)
        for key in issued { #expect(try await tenant.refusal(of: key.text) == nil) }
        #expect(try await rotations.advance(rotation, limit: 9, by: caller).get().count == 2)
    }

    @Test("hands out what was rotated before it broke, and tells of the trouble when it is asked to go on")
    func partly() async throws {
        let tenant = try await TestTenant.make()
        for _ in 0..<3 { _ = try await tenant.apiKey() }
        let rotations = try await tenant.keyRotations
        let rotation = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        let count = Counted()
        let stopping: KeyRotations.HandOver = { _ in
            guard count.next() != 2 else { throw DiskFull() }
        }
        let rotated = try await rotations.advance(rotation, limit: 9, by: caller, handOver: stopping).get()
        #expect(rotated.count == 1)
        for key in rotated { #expect(try await tenant.refusal(of: key.text) == nil) }
        await #expect(throws: DiskFull.self) {
            _ = try await rotations.advance(rotation, limit: 9, by: caller) { _ in throw DiskFull() }
        }
        #expect(try await rotations.advance(rotation, limit: 9, by: caller).get().count == 2)
    }

    @Test("comes to its end where what brings the keys to safety declines them all")
    func declined() async throws {
        let tenant = try await TestTenant.make()
        for _ in 0..<3 { _ = try await tenant.apiKey() }
        let rotations = try await tenant.keyRotations
        let rotation = try await rotations.start(KeyFilter(), overlapSeconds: nil, by: caller).get().id
        let rotated = try await rotations.advance(rotation, limit: 9, by: caller) { _ in throw Refusal.forbidden }
        #expect(try rotated.get().isEmpty)
        #expect(try await rotations.rotation(rotation)?.progress.pending == 3)
    }
}

private struct DiskFull: Error {}

/// A statement at which the database is gone.
struct BrokenStatement: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sql: SQL
    let isOfFinish: Bool

    private init<S: Statement>(_ statement: S.Type, isOfFinish: Bool = false) {
        testDescription = "\(statement)"
        sql = S.sql
        self.isOfFinish = isOfFinish
    }

    static let rotation = [
        BrokenStatement(LockAPIKey.self), BrokenStatement(ListOpenSecrets.self), BrokenStatement(RetireKeySecret.self),
        BrokenStatement(AddKeySecret.self), BrokenStatement(SetKeyAlarm.self), BrokenStatement(InsertKeyRotation.self),
        BrokenStatement(AddRotatedStep.self), BrokenStatement(RecordAuditEvent.self),
    ]

    static let step = [
        BrokenStatement(LockAPIKey.self), BrokenStatement(ListOpenSecrets.self), BrokenStatement(RetireKeySecret.self),
        BrokenStatement(AddKeySecret.self), BrokenStatement(SetKeyAlarm.self), BrokenStatement(SettleStep.self),
        BrokenStatement(RecordAuditEvent.self),
    ]

    static let ending = [
        BrokenStatement(EndKeySecret.self, isOfFinish: true), BrokenStatement(FindAPIKey.self, isOfFinish: true),
        BrokenStatement(LockAPIKey.self), BrokenStatement(EndKeySecret.self), BrokenStatement(RestoreKeySecret.self),
        BrokenStatement(CancelRotatedStep.self), BrokenStatement(SetKeyAlarm.self),
        BrokenStatement(RecordAuditEvent.self), BrokenStatement(FindAPIKey.self),
    ]
}
