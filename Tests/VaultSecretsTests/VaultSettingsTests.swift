import PluginKit
import PluginTesting
import Testing

@testable import VaultSecrets

@Suite("Settings of the vault provider")
struct VaultSettingsTests {
    private let smallest: SettingsLiteral = [
        "address": "https://vault.internal:8200", "auth": ["token": ["secret": "file:vault-token"]],
    ]

    @Test("are sound")
    func conformance() {
        #expect(ProviderSettingsConformance(VaultSettings.self, required: smallest).violations() == [])
    }

    @Test("have these defaults")
    func defaults() {
        let settings = smallest.read(as: VaultSettings.self).settings
        #expect(settings.address?.text == "https://vault.internal:8200")
        #expect(settings.mount == "secret")
        #expect(settings.version == .two)
        #expect(settings.namespace == nil)
        #expect(settings.deadline == .seconds(2))
        #expect(settings.refresh == .seconds(30))
        #expect(settings.timeToLive == .seconds(3600))
    }

    @Test("read every way to log in")
    func ways() throws {
        func method(_ auth: SettingsLiteral) -> VaultAuthSettings.Method? {
            let (settings, problems) = read(auth: auth)
            #expect(problems == [])
            return settings.auth.method
        }
        guard case .token(let reference) = method(["token": ["secret": "env:TOKEN"]]) else { throw Wrong() }
        #expect(reference.description == "env:TOKEN")

        let appRole: SettingsLiteral = [
            "role_id": "acme", "secret_id": "file:id", "wrapped": true,
            "creation_path": "auth/approle/role/acme/secret-id",
        ]
        guard case .appRole(let role) = method(["approle": appRole]) else { throw Wrong() }
        #expect(role.creationPath == "auth/approle/role/acme/secret-id")
        #expect(role.mount == "approle")

        guard case .bearer(let pod, "kubernetes") = method(["kubernetes": ["role": "acme"]]) else { throw Wrong() }
        #expect(pod.tokenFile == "/var/run/secrets/kubernetes.io/serviceaccount/token")
        let jwt: SettingsLiteral = ["role": "acme", "token_file": "/run/token", "mount": "ci/jwt"]
        guard case .bearer(_, "ci/jwt") = method(["jwt": jwt]) else { throw Wrong() }
    }

    @Test("say everything that is wrong at once")
    func problems() {
        let settings: SettingsLiteral = [
            "address": "http://vault.internal:8200", "mount": "/secret", "kv_version": 3, "namespace": "a//b",
            "auth": ["token": ["secret": "hvs.a-literal-token"]],
            "tls": ["certificate_file": "/etc/a.pem", "verify": false], "deadline": "1m", "refresh": "0s",
            "time_to_live": "31d",
        ]
        #expect(
            settings.read(as: VaultSettings.self).problems.map(\.description) == [
                "1: address: must begin with https://, since every request carries a token; write https://host:port; http is only for an agent on this machine",
                "2: mount: must be a path of letters, digits, dots, hyphens and underscores with single slashes between; write it as Vault lists it, without a slash at either end",
                "3: kv_version: must be at most 2, is 3; write 2 or less",
                "4: namespace: must be a path of letters, digits, dots, hyphens and underscores with single slashes between; write it as Vault lists it, without a slash at either end",
                "7: auth.token.secret: must be a reference to a secret, not a secret; keep the secret outside this file and write env:NAME or file:NAME",
                "9: tls.key_file: is missing, and goes with the other; set both certificate_file and key_file, or neither",
                "10: tls.verify: is not a key here; remove it, or use one of: ca_file, certificate_file, key_file, server_name",
                "11: deadline: must be at most 30s, is 1m; write 30s or less",
                "12: refresh: must be at least 1s, is 0s; write 1s or more",
                "13: time_to_live: must be at most 30d, is 31d; write 30d or less",
            ])
    }

    @Test("want exactly one way to log in")
    func oneWay() {
        let token: SettingsLiteral = ["secret": "env:TOKEN"]
        for (auth, message) in [
            (SettingsLiteral.section([]), "must name a way to log in"),
            (["token": token, "jwt": ["role": "acme"]], "must name one way to log in, names 2"),
        ] {
            let problems = read(auth: auth).problems
            #expect(problems.map(\.key) == ["auth"])
            #expect(problems.map(\.message) == [message])
        }
    }

    @Test("want the place where a wrapped secret id was made, and both references")
    func appRole() {
        let auth: SettingsLiteral = ["approle": ["role_id": "acme", "wrapped": true]]
        let problems = read(auth: auth).problems
        #expect(problems.map(\.key) == ["auth.approle.creation_path", "auth.approle.secret_id"])
    }

    @Test("do not let the time to live be shorter than the refresh")
    func times() {
        let settings: SettingsLiteral = [
            "address": "https://v", "auth": ["token": ["secret": "env:TOKEN"]], "refresh": "5m", "time_to_live": "1m",
        ]
        #expect(settings.read(as: VaultSettings.self).problems.map(\.fix) == ["write 5m or more"])
    }

    @Test("never repeat an address, which could hold a password")
    func silentAddress() {
        let settings: SettingsLiteral = [
            "address": "https://me:canary@vault", "auth": ["token": ["secret": "env:TOKEN"]],
        ]
        let problems = settings.read(as: VaultSettings.self).problems
        #expect(problems.map(\.key) == ["address"])
        #expect(!problems.description.contains("canary"))
    }

    private func read(auth: SettingsLiteral) -> (settings: VaultSettings, problems: [SettingsProblem]) {
        let section: SettingsLiteral = ["address": "https://v", "auth": auth]
        return section.read(as: VaultSettings.self)
    }

    private struct Wrong: Error {}
}

@Suite("The address of Vault")
struct VaultAddressTests {
    @Test(
        "is a scheme, a host and a port",
        arguments: [
            ("https://vault:8200", "https://vault:8200"), ("https://vault.internal/", "https://vault.internal:443"),
            ("https://10.0.0.1:8200", "https://10.0.0.1:8200"), ("https://[fe80::1]:8200", "https://[fe80::1]:8200"),
            ("http://127.0.0.1:8100", "http://127.0.0.1:8100"), ("http://[::1]:8100", "http://[::1]:8100"),
            ("http://localhost", "http://localhost:80"),
        ])
    func good(text: String, read: String) throws {
        #expect(try VaultAddress(reading: text).text == read)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "vault", "https://", "https:///", "ftp://vault", "https://vault/v1", "https://vault?x",
            "https://vault#x",
            "https://a@vault", "https://vault:", "https://vault:0", "https://vault:65536", "https://vault:+1",
            "https://vault:8200:1", "https://[::1", "https://[::1]x", "https://vä", "https://a b", "https://a\r\nb",
            "HTTPS://vault", "http://127.0.0.2:8200", "http://localhost.example", "http://vault:8200",
        ])
    func bad(text: String) {
        #expect(throws: VaultAddress.Problem.self) { try VaultAddress(reading: text) }
    }
}

@Suite("Names of secrets in Vault")
struct VaultPathTests {
    @Test("are a path and a field", arguments: ["a#b", "gatehouse/acme#pepper", "A-b_c.d/0#x.y", "..a/b#.."])
    func good(name: String) {
        #expect(VaultSecretsProvider.nameProblem(name) == nil)
        #expect(VaultPath(name)?.description == "vault:\(name)")
    }

    @Test(
        "are refused where they could lead elsewhere",
        arguments: [
            "", "#", "a", "a#", "#b", "a#b#c", "/a#b", "a/#b", "a//b#c", ".#b", "..#b", "a/../b#c", "a/./b#c", "a.#b",
            "a./b#c", "a?x#b", "a%2e#b", "a\\b#c", "a b#c", "a#b c", "a\u{0}#b", "a\n#b", "ä#b", "a#ä", "a\u{ff0e}#b",
            String(repeating: "a", count: 254) + "#b",
        ])
    func bad(name: String) async {
        #expect(VaultSecretsProvider.nameProblem(name) != nil)
        #expect(VaultPath(name) == nil)
    }

    @Test("may have 255 bytes and no more")
    func length() {
        #expect(VaultSecretsProvider.nameProblem(String(repeating: "a", count: 253) + "#b") == nil)
    }
}
