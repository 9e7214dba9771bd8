import Foundation
import PluginKit
import PluginTesting
import Synchronization

@testable import TOTPFactor

/// A provider over a table in memory, with two people and the apps that they set up.
final class TOTPFixture: Sendable {
    let provider: TOTPProvider
    let tables: TOTPTables
    let clock: FixedClock
    let user = UserID.make(at: Date(timeIntervalSince1970: 1_750_000_000))
    let otherUser = UserID.make(at: Date(timeIntervalSince1970: 1_750_000_000))
    private let apps = Mutex([FactorID: AuthenticatorApp]())

    init(
        _ settings: SettingsLiteral = [:], tables: TOTPTables = TOTPTables(), clock: FixedClock = FixedClock()
    ) async throws {
        self.tables = tables
        self.clock = clock
        provider = try await TOTPProvider(
            settings: settings.read(as: TOTPSettings.self).settings,
            context: .testing(database: tables.database, clock: clock))
    }

    /// Sets a factor up, as the kernel and the person's app do.
    func enroll(_ user: UserID? = nil) async throws -> FactorID {
        let factor = FactorID.make(at: clock.now)
        let prepared = try await prepare(factor, user: user)
        _ = try await tables.database.run(prepared.store)
        let app = try AuthenticatorApp(scanning: prepared.offer.uri)
        apps.withLock { $0[factor] = app }
        return factor
    }

    func prepare(
        _ factor: FactorID, user: UserID? = nil, login: String = "ada@acme.example", tenant: String = "Acme Inc."
    ) async throws -> PreparedFactor {
        let account = FactorAccount(user: user ?? self.user, login: login, tenantName: tenant)
        return try await provider.prepare(factor, of: account)
    }

    /// What the factor's app shows `steps` steps after now's.
    func code(of factor: FactorID, steps: Int = 0) throws -> String {
        guard let app = apps.withLock({ $0[factor] }) else { throw UnknownInTest() }
        return app.code(at: clock.now + TimeInterval(steps) * TimeInterval(TimeStep.lengthSeconds))
    }

    /// Lets a step go by, and gives what the app shows then.
    func nextCode(of factor: FactorID) throws -> String {
        advance()
        return try code(of: factor)
    }

    func advance(steps: Int = 1) {
        clock.advance(by: .seconds(Int64(steps) * TimeStep.lengthSeconds))
    }

    func verify(_ code: String, among factors: [FactorID]) async throws -> Verdict<FactorID> {
        try await provider.verify(SecretText(code), of: user, among: factors)
    }
}

struct UnknownInTest: Error {}
