import Foundation
import Testing

@testable import Kernel

@Suite("Logins")
struct LoginTests {
    @Test("the published table of forms holds", arguments: loginForms())
    func table(_ form: LoginForm) {
        // As bytes: two strings are equal to Swift when they look the same.
        #expect(Login(form.text).map { Array($0.canonical.utf8) } == form.canonical.map { Array($0.utf8) })
        #expect((Login.problem(with: form.text) == nil) == (form.canonical != nil))
    }

    @Test("the table holds cases of both kinds")
    func thereAreCases() {
        let forms = loginForms()
        #expect(forms.count { $0.canonical != nil } >= 20)
        #expect(forms.count { $0.canonical == nil } >= 20)
    }

    @Test("a canonical form is its own canonical form, for every character there is")
    func idempotent() {
        let unstable = (0...0x10FFFF).compactMap(Unicode.Scalar.init).filter { scalar in
            guard let form = Login("a\(scalar)")?.canonical else { return false }
            return Login(form)?.canonical.utf8.elementsEqual(form.utf8) != true
        }
        #expect(unstable.isEmpty)
    }

    @Test("what is shown is what was written, without the space around it")
    func written() {
        #expect(Login("  Ａnna@Example.com\n")?.written == "Ａnna@Example.com")
    }

    @Test("254 bytes of canonical form are allowed, and one more is not", arguments: ["a", "é", "漢"])
    func length(_ character: String) {
        let size = character.utf8.count
        let count = Login.maximumBytes / size
        let longest =
            String(repeating: character, count: count) + String(repeating: "a", count: Login.maximumBytes % size)
        #expect(Login(longest)?.canonical.utf8.count == Login.maximumBytes)
        #expect(Login(longest + "a") == nil)
    }

    @Test("endless text is refused before it is looked at")
    func endless() {
        #expect(Login(String(repeating: " ", count: 4 * Login.maximumBytes) + "a") == nil)
        #expect(Login(String(repeating: " ", count: 4 * Login.maximumBytes - 1) + "a") != nil)
    }

    @Test("two spellings are equal as logins, and hash alike")
    func equality() throws {
        let (one, other) = (try #require(Login("ANNA@x.example")), try #require(Login("anna@x.example")))
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        #expect(one != Login("anne@x.example"))
    }
}

/// A text, and its canonical form as a login; `nil` for text that is no login.
struct LoginForm: Decodable, Sendable, CustomTestStringConvertible {
    let text: String
    let canonical: String?
    let why: String

    var testDescription: String { why }
}

/// The table in `login-forms.json`, which other programs may hold their own forms against.
func loginForms() -> [LoginForm] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "login-forms.json")
    guard let data = try? Data(contentsOf: file), let forms = try? JSONDecoder().decode([LoginForm].self, from: data)
    else {
        return []
    }
    return forms
}
