import Foundation
import PluginKit
import PluginTesting

@testable import PasswordLogin

/// A provider over tables in memory, with one person.
struct PasswordLoginFixture {
    let provider: PasswordLoginProvider
    let tables: PasswordTables
    let hashing: InlineHashingPool
    let counter = HashCounter()
    let clock = FixedClock()
    let log = CapturedLog()
    let user = UserID.make(at: Date(timeIntervalSince1970: 1_750_000_000))

    init(
        _ settings: SettingsLiteral = [:], tables: PasswordTables = PasswordTables(), secrets: [String: String] = [:],
        keptIn keeper: StaticSecrets? = nil,
        commonPasswords: CommonPasswords = CommonPasswords(words: ["swordfish"], dictionary: nil)
    ) async throws {
        self.tables = tables
        hashing = InlineHashingPool()
        provider = try await PasswordLoginProvider(
            settings: settings.read(as: PasswordSettings.self).settings,
            context: .testing(
                database: tables.database, secrets: keeper ?? StaticSecrets(secrets), hashing: hashing,
                logger: log.logger,
                clock: clock),
            counter: counter, commonPasswords: commonPasswords)
    }

    func signIn(_ user: UserID?, _ password: String) async throws -> Verdict<PasswordProof> {
        try await provider.authenticate(user: user, password: SecretText(password))
    }

    func prepare(_ password: String, for user: UserID, mustChange: Bool = false) async throws -> PreparedPassword {
        let owner = PasswordOwner(user: user, login: "ada.byron@acme.example")
        return try await provider.prepare(SecretText(password), for: owner, mustChange: mustChange)
    }

    /// Sets a password that the policy takes, a second after whatever came before.
    func set(_ password: String, for user: UserID, mustChange: Bool = false) async throws {
        clock.advance(by: .seconds(1))
        guard case .ready(let statements) = try await prepare(password, for: user, mustChange: mustChange) else {
            throw RefusedInTest()
        }
        _ = try await tables.database.run(statements)
    }

    /// The codes of the reasons why the password is refused; empty where it is not.
    func weaknesses(of password: String, for user: UserID? = nil) async throws -> [String] {
        guard case .refused(let weaknesses) = try await prepare(password, for: user ?? self.user) else { return [] }
        return weaknesses.map(\.code)
    }
}

struct RefusedInTest: Error {}
