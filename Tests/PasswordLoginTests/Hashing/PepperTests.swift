import Foundation
import PluginKit
import Testing

@testable import PasswordLogin

@Suite("Peppers")
struct PepperTests {
    private let pepper = Pepper(label: "p1", key: SecretBytes("0123456789abcdef".utf8))
    private let user = UserID(rawValue: UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)))

    @Test("what is hashed is base 64 of HMAC-SHA-384 over person and password")
    func construction() throws {
        let input = try pepper.apply(to: NormalizedPassword(SecretText("a quiet harbour")), of: user)
        #expect(text(input) == "TSasmbSGZGDNSLJZidf1iMmXbjc8e7m9+hHZo4HHV8wMrRzCcs+6LHl3ieOKMpif")
    }

    @Test("it depends on the pepper, the person and every byte of the password")
    func dependence() throws {
        let password = try NormalizedPassword(SecretText("a quiet harbour"))
        let other = Pepper(label: "p1", key: SecretBytes("0123456789abcdeg".utf8))
        let long = try ["x", "y"].map { try NormalizedPassword(SecretText(String(repeating: "x", count: 1000) + $0)) }
        let inputs = [
            try pepper.apply(to: password, of: user), try pepper.apply(to: password, of: .nobody),
            try other.apply(to: password, of: user), try pepper.apply(to: long[0], of: user),
            try pepper.apply(to: long[1], of: user),
        ]
        #expect(Set(inputs.map(text)).count == inputs.count)
    }

    @Test("bcrypt reads all of it, and it holds no U+0000")
    func size() throws {
        let input = try pepper.apply(to: NormalizedPassword(SecretText("")), of: user)
        #expect(input.count == 64)
        #expect(!text(input).utf8.contains(0))
    }

    private func text(_ bytes: SecretBytes) -> String {
        bytes.withExposedBytes { String(decoding: $0, as: UTF8.self) }
    }
}
