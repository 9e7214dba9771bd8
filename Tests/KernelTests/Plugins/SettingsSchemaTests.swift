import Foundation
import PluginKit
import Testing

@testable import Kernel

@Suite("The JSON Schema of tenant files")
struct SettingsSchemaTests {
    private let json: Data
    private let schema: SchemaValidator

    init() throws {
        json = try SettingsSchema(title: "Tenant", fields: TenantPlan.fields(of: testCatalog())).json()
        schema = try SchemaValidator(json)
    }

    @Test("the same declarations give the same bytes")
    func stable() throws {
        let again = try SettingsSchema(title: "Tenant", fields: TenantPlan.fields(of: testCatalog())).json()
        #expect(json == again)
    }

    @Test("sound documents conform", arguments: ["sound-smallest", "sound-everything", "sound-json", "null-sections"])
    func sound(_ name: String) throws {
        #expect(try schema.findings(in: goldenDocument(name)).isEmpty)
    }

    @Test(
        "what the reader refuses by itself, the schema refuses at the same place",
        arguments: [
            ("unknown-key", ["flavour", "polcy"]),
            ("unknown-nested-key", ["sign_in.password.argon2.memory", "sign_in.password.minimum_lenght"]),
            ("unknown-provider", ["secrets.keychain", "sign_in.pasword", "sign_in.telepathy"]),
            ("missing-keys", ["name", "tenant"]),
            ("bad-slug", ["tenant"]),
            ("literal-secret", ["sign_in.password.pepper.secret"]),
        ])
    func faulty(_ name: String, _ places: [String]) throws {
        #expect(try schema.findings(in: goldenDocument(name)) == places)
    }

    @Test("wrong values of every kind are refused")
    func wrongValues() throws {
        let places = try schema.findings(in: goldenDocument("bad-ranges"))
        #expect(places.contains("sign_in.password.argon2.memory_kib"))
        #expect(places.contains("policy.signing_key.algorithm"))
        let types = try schema.findings(in: goldenDocument("wrong-types"))
        for place in ["tenant", "sign_in.password.minimum_length", "policy.sessions.access_token", "cors.origins"] {
            #expect(types.contains(place))
        }
    }

    @Test("every key says what it means, and defaults have their type")
    func annotations() throws {
        let sessions = try #require(schema.property("policy.sessions.access_token"))
        #expect(sessions["default"] as? String == "15m")
        #expect(sessions["description"] as? String == "how long an access token is valid, 1m to 1h")
        #expect(schema.property("sign_in.password.minimum_length")?["default"] as? Int == 12)
        #expect(schema.property("sign_in.password.refuse_common")?["default"] as? Bool == true)
        #expect(schema.property("cors.origins")?["default"] as? [String] == [])
    }

    private func goldenDocument(_ name: String) throws -> SettingsNode {
        let file = goldenFolder().appendingPathComponent("\(name).yaml")
        return try SettingsParser.parse([UInt8](try Data(contentsOf: file)))
    }
}

@Suite("The reference of settings")
struct SettingsReferenceTests {
    @Test("every setting has a line with its path, type, default and meaning")
    func table() {
        let table = SettingsReference(fields: TenantPlan.fields(of: testCatalog())).markdown()
        let lines = table.split(separator: "\n")
        #expect(lines.first == "| Setting | Type | Default | Meaning |")
        for line in [
            "| `tenant` | text | required | the tenant's short name, as its file is called |",
            "| `secrets.file.directory` | text | `secrets` | the folder of the tenant's secrets |",
            "| `sign_in.password.hash` | `argon2id` or `bcrypt` | `argon2id` | how passwords are hashed |",
            "| `sign_in.password.minimum_length` | integer, 8 to 128 | `12` | the fewest characters of a password |",
            "| `sign_in.password.pepper.secret` | reference to a secret |  | where the pepper is kept |",
            "| `policy.sessions.access_token` | duration, 1m to 1h | `15m` | how long an access token is valid |",
            "| `cors.origins` | list of text | `[]` | the origins whose pages may call from a browser, each exact |",
        ] {
            #expect(lines.contains(Substring(line)), "missing: \(line)")
        }
        #expect(lines.allSatisfy { $0.hasPrefix("| ") && $0.hasSuffix(" |") })
    }
}
