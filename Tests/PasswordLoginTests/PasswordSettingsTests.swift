import PluginKit
import PluginTesting
import Testing

@testable import PasswordLogin

@Suite("Settings of the password provider")
struct PasswordSettingsTests {
    @Test("are sound")
    func conformance() {
        #expect(ProviderSettingsConformance(PasswordSettings.self).violations() == [])
        let required: SettingsLiteral = ["secret": "env:PEPPER"]
        #expect(ProviderSettingsConformance(PepperSettings.self, required: required).violations() == [])
    }

    @Test("have these defaults")
    func defaults() {
        let settings = SettingsLiteral.section([]).read(as: PasswordSettings.self).settings
        #expect(settings.method == .argon2id(.init(memoryKiB: 19_456, iterations: 2, parallelism: 1)))
        #expect(settings.minimumLength == 12)
        #expect(settings.history == 5)
        #expect(settings.classes == 0)
        #expect(settings.refusesCommon)
        #expect(settings.pepper == nil)
    }

    @Test("say everything that is wrong at once")
    func problems() {
        let settings: SettingsLiteral = [
            "hash": "md5", "minimum_length": 6, "history": 25, "classes": 5,
            "argon2": ["memory_kib": 1024, "iterations": 1], "bcrypt": ["cost": 9],
            "pepper": ["id": "p 1", "secret": "a literal secret", "previous": ["id": "p2"]], "minimum_lenght": 12,
        ]
        #expect(
            settings.read(as: PasswordSettings.self).problems.map(\.description) == [
                "1: hash: must be one of argon2id, bcrypt, is \"md5\"; write one of these words",
                "2: minimum_length: must be at least 8, is 6; write 8 or more",
                "3: history: must be at most 24, is 25; write 24 or less",
                "4: classes: must be at most 4, is 5; write 4 or less",
                "6: argon2.memory_kib: must be at least 19456, is 1024; write 19456 or more",
                "7: argon2.iterations: must be at least 2, is 1; write 2 or more",
                "9: bcrypt.cost: must be at least 10, is 9; write 10 or more",
                "11: pepper.id: must be 1 to 32 letters, digits, hyphens and underscores; write a short name, such as p1",
                "12: pepper.secret: must be a reference to a secret, not a secret; keep the secret outside this file and write env:NAME or file:NAME",
                "14: pepper.previous.secret: is missing; add `secret: env:NAME` or `secret: file:NAME`",
                "15: minimum_lenght: is not a key here; did you mean `minimum_length`?",
            ])
    }

    @Test("need a pepper where they name one, and nothing where the previous one is kept")
    func neededSecrets() {
        let pepper: SettingsLiteral = ["secret": "env:NEW", "previous": ["secret": "env:OLD"]]
        let secrets = SettingsReader.read(
            PasswordSettings.self, from: SettingsLiteral.section([(key: "pepper", value: pepper)]).node
        ).1.secrets
        #expect(secrets.map(\.reference.name) == ["NEW", "OLD"])
        #expect(secrets.map(\.mayBeAbsent) == [false, true])
    }

    @Test("refuse one id for two peppers, and a length that bcrypt cannot read")
    func rulesBetweenKeys() {
        let peppers: SettingsLiteral = [
            "id": "p1", "secret": "env:B", "previous": ["id": "p1", "secret": "env:A"],
        ]
        let same = SettingsLiteral.section([(key: "pepper", value: peppers)]).read(as: PasswordSettings.self).problems
        #expect(same.map(\.key) == ["pepper.previous"])
        let long: SettingsLiteral = ["hash": "bcrypt", "minimum_length": 100]
        #expect(long.read(as: PasswordSettings.self).problems.map(\.key) == ["minimum_length"])
    }
}
