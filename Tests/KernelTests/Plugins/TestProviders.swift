import Foundation
import Kernel
import PluginKit

/// A catalogue with small providers under the names of the standard ones.
func testCatalog() -> ProviderCatalog {
    var catalog = ProviderCatalog()
    catalog.add(secrets: TestEnvironment.self)
    catalog.add(secrets: TestFiles.self)
    catalog.add(secrets: TestVault.self)
    catalog.add(password: TestPasswords.self)
    return catalog
}

/// Secrets by names in capitals; the secret called `NAME` has the value `value of NAME`.
struct TestEnvironment: Provider, SecretBackend {
    static let name: ProviderName = "env"

    struct Settings: ProviderSettings {
        init(reading section: SettingsReader) {}
    }

    init(settings: Settings, context: ProviderContext) async throws {}

    func resolve(_ name: String) async throws -> ResolvedSecret? {
        name == "MISSING" ? nil : ResolvedSecret(value: SecretText("value of \(name)").bytes, version: "1")
    }

    static func nameProblem(_ name: String) -> String? {
        name.utf8.allSatisfy((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains) ? nil : "must consist of capitals"
    }
}

/// A backend with a setting of its own.
struct TestFiles: Provider, SecretBackend {
    static let name: ProviderName = "file"

    struct Settings: ProviderSettings {
        let directory: String

        init(reading section: SettingsReader) {
            directory = section.text("directory", default: "secrets", "the folder of the tenant's secrets")
        }
    }

    init(settings: Settings, context: ProviderContext) async throws {}

    func resolve(_ name: String) async throws -> ResolvedSecret? { nil }

    static func nameProblem(_ name: String) -> String? { nil }
}

/// A backend that needs a secret of another backend when it opens.
struct TestVault: Provider, SecretBackend {
    static let name: ProviderName = "vault"

    struct Settings: ProviderSettings {
        let token: SecretReference?

        init(reading section: SettingsReader) {
            token = section.secret("token", "the token that opens the vault")
        }
    }

    init(settings: Settings, context: ProviderContext) async throws {
        if let token = settings.token { _ = try await context.secrets.resolve(token) }
    }

    func resolve(_ name: String) async throws -> ResolvedSecret? { nil }

    static func nameProblem(_ name: String) -> String? { nil }
}

/// The settings of a password provider, and a provider that accepts nobody.
final class TestPasswords: Provider, PasswordAuthenticator, PasswordKeeper {
    static let name: ProviderName = "password"
    static let statements: [any Statement.Type] = [TestStatement.self]

    let context: ProviderContext

    required init(settings: TestPasswordSettings, context: ProviderContext) async throws {
        if let pepper = settings.pepper { _ = try await context.secrets.resolve(pepper) }
        self.context = context
    }

    func authenticate(user: UserID?, password: SecretText) async throws -> Verdict<PasswordProof> {
        .rejected(.wrongCredential)
    }

    func prepare(_ password: SecretText, for owner: PasswordOwner, mustChange: Bool) async throws -> PreparedPassword {
        .refused([])
    }
}

/// Every kind of setting once.
struct TestPasswordSettings: ProviderSettings {
    let pepper: SecretReference?

    private enum Hash: String, CaseIterable { case argon2id, bcrypt }

    private struct Argon2: ProviderSettings {
        init(reading section: SettingsReader) {
            _ = section.integer("memory_kib", default: 19_456, in: 19_456...1_048_576, "memory of one hash")
            _ = section.integer("iterations", default: 2, in: 2...10, "passes over the memory")
            _ = section.integer("parallelism", default: 1, in: 1...4, "lanes")
        }
    }

    private struct Bcrypt: ProviderSettings {
        init(reading section: SettingsReader) {
            _ = section.integer("cost", default: 12, in: 10...15, "the logarithm of the rounds")
        }
    }

    private struct Pepper: ProviderSettings {
        let secret: SecretReference?

        init(reading section: SettingsReader) {
            _ = section.requiredText("id", "the pepper's name in stored hashes")
            secret = section.secret("secret", "where the pepper is kept")
        }
    }

    init(reading section: SettingsReader) {
        _ = section.choice("hash", default: Hash.argon2id, "how passwords are hashed")
        _ = section.integer("minimum_length", default: 12, in: 8...128, "the fewest characters of a password")
        _ = section.integer("history", default: 0, in: 0...24, "how many old passwords stay refused")
        _ = section.integer("classes", default: 0, in: 0...4, "how many kinds of character a password needs")
        _ = section.boolean("refuse_common", default: true, "whether common passwords are refused")
        _ = section.section("argon2", Argon2.self, "parameters of argon2id")
        _ = section.section("bcrypt", Bcrypt.self, "parameters of bcrypt")
        pepper = section.optionalSection("pepper", Pepper.self, "a secret that goes into every hash")?.secret
    }
}

/// A statement, to be listed.
struct TestStatement: Statement {
    static let sql: SQL = "SELECT 1"
    var parameters: [SQLValue] { [] }
}
