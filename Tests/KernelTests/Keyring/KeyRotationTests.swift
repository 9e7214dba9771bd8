import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A new data key")
struct KeyRotationTests {
    @Test("seals everything, of whatever kind, and what was sealed before stays readable")
    func everything() async throws {
        let home = try await FurnishedTenant.make()
        let before = try await home.tenant.openEverything()
        let outcome = try await home.tenant.rotation.rotateDataKey()
        #expect(outcome.hasNewKey)
        #expect(outcome.cells == ResealedCells(sealed: before, damaged: 0))
        #expect(try await home.tenant.keysInUse() == [outcome.activeKey])
        #expect(try await home.tenant.keyStates() == [.active, .retired])
        for place in SealedPlace.allCases {
            #expect(try await !home.tenant.sealed(place).isEmpty)
            try await home.use(place, of: home.anna)
        }
        #expect(try await home.tenant.events(.sealedValueRefused).isEmpty)
        #expect(try await home.tenant.events(.dataKeyTurned).map(\.subject) == [outcome.activeKey.description])
    }

    @Test("changes nothing of another tenant")
    func otherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await FurnishedTenant.make())
        _ = try await tenant.signedIn()
        let before = try await other.tenant.rows()
        try await tenant.rotateDataKey()
        tenant.clock.advance(by: .seconds(KeyRotation.retirement + 1))
        #expect(try await tenant.rotation.destroyRetiredKeys().destroyed == 1)
        #expect(try await other.tenant.rows() == before)
    }

    @Test("that was cut off at any step is finished by the next call", arguments: RotationStep.all)
    func cutOff(_ step: RotationStep) async throws {
        let tenant = try await TestTenant.make()
        let (person, invited) = (try await tenant.person(), try await tenant.invite())
        let failing = FailingDatabase(database: tenant.database, statement: step.sql)
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await tenant.rotation(in: failing, log: CapturedLog()).rotateDataKey()
        }
        // Half done, nobody is lost, for nodes that know and nodes that do not know of it yet.
        #expect(try await tenant.user(person.login) == person.id)
        let fresh = try await tenant.served(by: try await tenant.anotherNode())
        #expect(try await fresh.user(person.login) == person.id)
        #expect(try await fresh.people.user(person.id)?.login == person.login)
        let latecomer = try await fresh.person()

        let outcome = try await tenant.rotation.rotateDataKey()
        #expect(try await tenant.keyStates() == [.active, .retired])
        #expect(try await tenant.keysInUse() == [outcome.activeKey])
        #expect(try await tenant.events(.dataKeyTurned).count == 1)
        for one in [person, latecomer] { #expect(try await fresh.user(one.login) == one.id) }
        // The open invitation is known by its new entry: another for the same login takes its place.
        _ = try await fresh.invite(invited.invitation.login)
        #expect(try await fresh.invitations.list(after: nil, limit: 10).count == 1)
        #expect(try await tenant.events(.sealedValueRefused).isEmpty)
    }

    @Test("that is cancelled after each page comes to its end all the same")
    func cancelled() async throws {
        let home = try await FurnishedTenant.make()
        let count = try await home.tenant.openEverything()
        var calls = 0
        repeat {
            calls += 1
            let call = Task {
                try await home.tenant.rotation.rotateDataKey { _ in withUnsafeCurrentTask { $0?.cancel() } }
            }
            _ = await call.result
        } while try await home.tenant.keysInUse().count > 1 && calls < 30
        #expect((5..<30).contains(calls), "each call seals one page and no more")
        #expect(try await home.tenant.keyStates() == [.active, .retired])
        #expect(try await home.tenant.keysInUse().count == 1)
        #expect(try await home.tenant.openEverything() >= count)
    }

    @Test("that many ask for at once is given without anybody failing")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        let people = try await inParallel(4) { _ in try await tenant.person() }
        let nodes = try await inParallel(4) { _ in try await tenant.served(by: try await tenant.anotherNode()) }
        let outcomes = try await inParallel(4) { try await nodes[$0].rotation.rotateDataKey() }
        #expect(outcomes.contains { $0.hasNewKey })
        #expect(outcomes.allSatisfy { $0.cells.damaged == 0 })
        try await tenant.rotateDataKey()
        #expect(try await tenant.keysInUse().count == 1)
        #expect(try await tenant.keyStates().filter { $0 != .retired } == [.active])
        for person in people { #expect(try await tenant.user(person.login) == person.id) }
    }
}

/// A statement of a rotation, at which it may be cut off.
struct RotationStep: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sql: SQL

    private init<S: Statement>(_ statement: S.Type) {
        testDescription = "\(statement)"
        sql = S.sql
    }

    static let all = [
        RotationStep(CountSealedCells.self), RotationStep(LockDataKeys.self), RotationStep(AddNextDataKey.self),
        RotationStep(ListUnlistedUsers.self), RotationStep(AddMissingLoginEntry.self),
        RotationStep(ListOpenInvitations.self), RotationStep(SetInvitationEntry.self),
        RotationStep(RetireActiveDataKey.self), RotationStep(PromoteNextDataKey.self),
        RotationStep(RecordAuditEvent.self), RotationStep(ListCellsOfOtherKeys.self), RotationStep(ReplaceCell.self),
    ]
}

extension TestTenant {
    /// Everything that the database keeps of this tenant, by table.
    func rows() async throws -> [String: String?] {
        let administrator = try await TestDatabase.shared.administrator
        var rows: [String: String?] = [:]
        for table in try await TenantTables.names() {
            rows[table] = try await administrator.value(
                """
                SELECT string_agg(t::text, E'\\n' ORDER BY t::text)
                FROM   gatehouse.\(table) t
                WHERE  tenant_id = '\(id.rawValue)'
                """)
        }
        return rows
    }
}
