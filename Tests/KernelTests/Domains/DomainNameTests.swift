import Testing

@testable import Kernel

@Suite("The form of a domain")
struct DomainNameTests {
    @Test(
        "a domain is taken as it is",
        arguments: [
            "acme.example", "auth.acme.example", "a.b", "1and1.example", "xn--mller-kva.example", "a-b.c-d.example",
            "auth.acme.xn--p1ai", "1.2.3.4a", "0x7f.example", "a--b.example", "ab-cd.example",
        ])
    func sound(_ text: String) {
        #expect(DomainName(text)?.text == text)
    }

    @Test(
        "anything else is refused with what is wrong with it",
        arguments: [
            ("", "must be 1 to 253 bytes long, is 0"),
            ("localhost", "must have two parts or more, with a dot between"),
            ("Auth.acme.example", "must be in lower case"),
            ("auth.acme.example.", "must not end with a dot"),
            (".acme.example", "must have 1 to 63 bytes between two dots"),
            ("auth..example", "must have 1 to 63 bytes between two dots"),
            ("auth.acme.example:443", "must have no port, and must be no address"),
            ("[2001:db8::1]", "must have no port, and must be no address"),
            ("::1", "must have no port, and must be no address"),
            ("127.0.0.1", "must be a name, not an address"),
            ("a.0x7f", "must be a name, not an address"),
            ("1.2.3.0x", "must be a name, not an address"),
            ("*.acme.example", "must be one exact domain, without *"),
            ("https://auth.acme.example", "must be a domain alone, without a scheme or a path"),
            ("auth.acme.example/login", "must be a domain alone, without a scheme or a path"),
            ("auth_.acme.example", "must consist of letters, digits, - and ."),
            ("auth acme.example", "must consist of letters, digits, - and ."),
            ("auth\u{0}.acme.example", "must consist of letters, digits, - and ."),
            ("auth.acme.example\n", "must consist of letters, digits, - and ."),
            ("auth.acme.example\r\nX: y", "must have no port, and must be no address"),
            ("user@acme.example", "must consist of letters, digits, - and ."),
            ("-auth.acme.example", "must have no - beside a dot or at an end"),
            ("auth-.acme.example", "must have no - beside a dot or at an end"),
            ("ab--cd.example", "must have no -- as third and fourth byte of a part"),
            ("xn--.example", "must have no - beside a dot or at an end"),
        ])
    func refused(_ text: String, problem: String) {
        #expect(DomainName.problem(text) == problem)
        #expect(DomainName(text) == nil)
    }

    @Test(
        "names of other scripts, look-alikes and invisible characters are no domains here",
        arguments: [
            "m\u{FC}ller.example", "\u{430}cme.example", "acme\u{200B}.example", "acme\u{AD}.example",
            "acme\u{3002}example", "acme\u{FF0E}example", "\u{FF41}cme.example", "acme.example\u{202E}",
            "a\u{301}cme.example", "\u{212A}.example", "acme.example\u{FEFF}",
        ])
    func otherScripts(_ text: String) {
        #expect(DomainName.problem(text)?.contains("must be ASCII") == true)
    }

    @Test("names are bounded as DNS bounds them")
    func bounds() {
        let label = String(repeating: "a", count: 63)
        let longest = [label, label, label, String(repeating: "a", count: 61)].joined(separator: ".")
        #expect(longest.utf8.count == 253)
        #expect(DomainName(longest) != nil)
        #expect(DomainName.problem("a" + longest) == "must be 1 to 253 bytes long, is 254")
        #expect(DomainName("a\(label).example") == nil)
    }

    @Test("an announcement names the domain that it is about")
    func announcement() throws {
        let id = "0190163d-8694-739b-aea5-966c26f8ad91"
        #expect(TenantAnnouncement("\(id) acme")?.domain == nil)
        let announcement = try #require(TenantAnnouncement("\(id) acme auth.acme.example"))
        #expect(announcement.domain?.text == "auth.acme.example")
        #expect(announcement.slug?.text == "acme")
        for text in ["\(id) acme ", "\(id) acme Auth.acme.example", "\(id) acme a.b c.d", id, "acme auth.acme.example"]
        {
            #expect(TenantAnnouncement(text) == nil, "\(text)")
        }
    }
}
