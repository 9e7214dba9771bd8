import PluginKit
import Testing

@Suite("Secrets in memory")
struct SecretBytesTests {
    private struct Account {
        let name = "ada"
        let password = SecretText("canary-value")
        let key = SecretBytes("canary-value".utf8)
    }

    @Test("never show themselves, alone or inside something else")
    func silence() {
        let account = Account()
        var dumped = ""
        dump(account, to: &dumped)
        let shown = [
            "\(account.password)", "\(account.key)", "\(account)", String(reflecting: account.password),
            String(reflecting: account.key), String(reflecting: account), dumped, "\([account.password])",
            "\(["key": account.key])", "\(Optional(account.key) as Any)",
        ]
        for text in shown {
            #expect(!text.contains("canary"))
            #expect(!text.contains("99, 97, 110"), "the bytes in decimal")
        }
        #expect(Mirror(reflecting: account.password).children.isEmpty)
        #expect(Mirror(reflecting: account.key).children.isEmpty)
    }

    @Test("lend exactly the bytes they were made of")
    func exposure() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(SecretBytes(bytes).withExposedBytes { Array($0) } == bytes)
        #expect(SecretBytes(bytes[3...]).withExposedBytes { Array($0) } == Array(bytes[3...]))
        #expect(SecretText("pä55\u{0}word").withExposed { Array($0.utf8) } == Array("pä55\u{0}word".utf8))
        #expect(SecretText(utf8: SecretBytes("x".utf8)).withExposed { $0 } == "x")
    }

    @Test("know their size")
    func size() {
        #expect(SecretBytes([]).isEmpty)
        #expect(SecretBytes([1, 2]).count == 2)
        #expect(!SecretBytes([0]).isEmpty)
    }

    @Test("match what is equal in every byte", arguments: 0..<16)
    func comparison(index: Int) {
        let bytes = [UInt8](repeating: 0x5A, count: 16)
        var altered = bytes
        altered[index] ^= 0x80
        #expect(SecretBytes(bytes).matches(SecretBytes(bytes)))
        #expect(!SecretBytes(bytes).matches(SecretBytes(altered)))
        #expect(!SecretBytes(bytes).matches(SecretBytes(bytes.prefix(index))))
    }

    @Test("compare bytes, not what looks alike")
    func canonicalEquivalence() {
        #expect(!SecretText("\u{e9}").bytes.matches(SecretText("e\u{301}").bytes))
    }
}

@Suite("References to secrets")
struct SecretReferenceTests {
    @Test(
        "are a backend, a colon and a name",
        arguments: [
            ("env:PEPPER", "env", "PEPPER"), ("file:pepper.key", "file", "pepper.key"),
            ("vault:kv/app#field:x", "vault", "kv/app#field:x"),
        ])
    func form(text: String, backend: String, name: String) throws {
        let reference = try #require(SecretReference(text))
        #expect(reference == SecretReference(backend: backend, name: name))
        #expect(reference.description == text)
    }

    @Test(
        "are nothing that a literal secret would be",
        arguments: [
            "", "hunter2", "env:", ":NAME", "Env:NAME", "env NAME", "3nv:NAME", "https//x", "hünter:2", " env:NAME",
            String(repeating: "e", count: 33) + ":NAME",
        ])
    func otherText(text: String) {
        #expect(SecretReference(text) == nil)
    }
}
