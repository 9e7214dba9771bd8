import Testing

@testable import Kernel

@Suite("A tenant's slug")
struct TenantSlugTests {
    @Test(
        "a short name of small letters, digits and single hyphens is a slug",
        arguments: ["ab", "acme", "north-sea-2", "a1"])
    func accepts(_ text: String) {
        #expect(TenantSlug(text)?.text == text)
    }

    @Test(
        "anything else is refused with its reason",
        arguments: [
            ("", "must be 2 to 40 bytes long, is 0"),
            ("a", "must be 2 to 40 bytes long, is 1"),
            (String(repeating: "a", count: 41), "must be 2 to 40 bytes long, is 41"),
            ("1a", "must begin with a letter"),
            ("-a", "must begin with a letter"),
            ("a-", "must not end with -"),
            ("a--b", "must not hold two - in a row"),
            ("Acme", "must consist of a-z, 0-9 and -"),
            ("acm\u{E9}", "must consist of a-z, 0-9 and -"),
            ("acme\r\n", "must consist of a-z, 0-9 and -"),
            ("a/b", "must consist of a-z, 0-9 and -"),
            ("v1", "is a word that the server keeps for itself"),
            ("platform", "is a word that the server keeps for itself"),
        ])
    func refuses(_ text: String, _ reason: String) {
        #expect(TenantSlug(text) == nil)
        #expect(TenantSlug.problem(text) == reason)
    }

    @Test("forty bytes are the most")
    func longest() {
        #expect(TenantSlug(String(repeating: "a", count: 40)) != nil)
    }
}
