import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// Values as the migration that brought sealing leaves them: `0x00 ‖ plaintext`, and nobody is listed.
@Suite("Values from before values were sealed")
struct ClearValueTests {
    @Test("are read nowhere")
    func unread() async throws {
        let home = try await FurnishedTenant.make()
        try await home.tenant.unseal()
        let login = home.anna.person.login
        #expect(try await home.tenant.signIn(login, FurnishedTenant.password).isRefused)
        for place in SealedPlace.allCases where place != .password {
            #expect(try await home.sealed(place, of: home.anna).value.first == 0, "\(place)")
            await #expect(throws: SealedValueRefused.self, "\(place)") { try await home.use(place, of: home.anna) }
        }
        let cells = try await home.tenant.cells
        for (_, stored) in try await home.tenant.sealed() where stored.value.first == 0 {
            await expectRefused(at: stored.cell) { _ = try await cells.open(stored.value, at: stored.cell) }
        }
    }

    @Test("are sealed where they stand, people and invitations are listed, and everything is as it was")
    func sealed() async throws {
        let home = try await FurnishedTenant.make()
        let count = try await home.tenant.openEverything()
        try await home.tenant.unseal()
        #expect(try await home.tenant.keysInUse() == [nil])
        let cells = try await home.tenant.rotation.sealClearValues()
        #expect(cells == ResealedCells(sealed: count, damaged: 0))
        #expect(try await home.tenant.keysInUse() == [home.tenant.keyring().active])
        for place in SealedPlace.allCases { try await home.use(place, of: home.anna) }
        #expect(try await home.tenant.database.value(Self.unlisted) == "0")
    }

    @Test("are sealed by the next start where the first was cut off", arguments: cuts)
    func cutOff(_ step: RotationStep) async throws {
        let tenant = try await TestTenant.make()
        let (person, _) = (try await tenant.person(), try await tenant.invite())
        try await tenant.unseal()
        let failing = FailingDatabase(database: tenant.database, statement: step.sql)
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await tenant.rotation(in: failing, log: CapturedLog()).sealClearValues()
        }
        _ = try await tenant.rotation.sealClearValues()
        #expect(try await tenant.keysInUse() == [tenant.keyring().active])
        #expect(try await tenant.user(person.login) == person.id)
    }

    private static let cuts = RotationStep.all.filter { step in
        [ReplaceCell.sql, AddMissingLoginEntry.sql, SetInvitationEntry.sql, CountSealedCells.sql].contains(step.sql)
    }

    private static let unlisted = """
        SELECT count(*)
        FROM   gatehouse.invitations
        WHERE  login_entry IS NULL
        AND    accepted_at IS NULL
        AND    revoked_at IS NULL
        """
}

extension TestTenant {
    /// Makes everything stand as it stood right after the migration.
    fileprivate func unseal() async throws {
        let keyring = try await keyring()
        for (place, stored) in try await sealed() {
            try await plant([0] + keyring.open(stored.value, at: stored.cell), at: stored, of: place)
        }
        let administrator = try await TestDatabase.shared.administrator
        for sql in ["DELETE FROM gatehouse.login_entries", "UPDATE gatehouse.invitations SET login_entry = NULL"] {
            try await administrator.affected("\(sql) WHERE tenant_id = '\(id.rawValue)'")
        }
    }
}
