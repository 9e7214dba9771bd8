import Foundation
public import PluginKit

/// Checks a key authenticator against the rules of ``PluginKit/KeyAuthenticator``.
///
/// Chance plays a part in it: a checksum of 32 bits lets a bad text pass in less than one of 100,000 runs.
public struct KeyAuthenticatorConformance: Sendable {
    private let authenticator: any KeyAuthenticator

    public init(_ authenticator: any KeyAuthenticator) {
        self.authenticator = authenticator
    }

    public func violations() async -> [ConformanceViolation] {
        var findings = Findings()
        await findings.rule("a key reads as the address it was made for", checkRoundTrip)
        await findings.rule("every key has a secret of its own", checkSecrets)
        await findings.rule("a key with one character wrong is no key", checkWrongCharacters)
        await findings.rule("text that is no key is not read", checkOtherTexts)
        await findings.rule("a key fits into a header", checkCharacters)
        await findings.rule("the pattern finds keys and little else", checkPattern)
        await findings.rule("the policy can be kept", checkPolicy)
        return findings.violations
    }

    private func checkRoundTrip(_ findings: inout Findings) throws {
        for address in Self.addresses {
            let key = try authenticator.makeKey(at: address)
            let read = authenticator.read(key)
            findings.expect(
                read == address, "a key reads as the address it was made for",
                "one for \(address) reads as \(read?.description ?? "nothing")")
            let found = KeyAddress.find(in: key)
            findings.expect(
                found == address, "a key has four parts, the third its address",
                "in one for \(address), \(found?.description ?? "nothing") was found")
        }
    }

    /// The lowest and the highest that there are, and some of chance.
    private static var addresses: [KeyAddress] {
        let ends = [UInt8.min, .max].compactMap { UUID(bytes: [UInt8](repeating: $0, count: 16)) }.map {
            KeyAddress(tenant: TenantTag(TenantID(rawValue: $0)), key: KeyTag(KeyID(rawValue: $0)))
        }
        return ends + (0..<20).map { _ in anyAddress() }
    }

    private static func anyAddress() -> KeyAddress {
        let time = Date(timeIntervalSince1970: 1_750_000_000)
        return KeyAddress(tenant: TenantTag(.make(at: time)), key: KeyTag(.make(at: time)))
    }

    private func checkSecrets(_ findings: inout Findings) throws {
        let address = Self.anyAddress()
        let secrets = try (0..<200).compactMap { _ in try makeBytes(at: address).split(separator: underscore).last }
        findings.expect(
            Set(secrets).count == secrets.count, "every key has a secret of its own",
            "\(Set(secrets).count) of \(secrets.count) at one address differ")
        let length = secrets.map(\.count).min() ?? 0
        let varied = (0..<length).count { place in
            Set(secrets.map { $0[$0.startIndex + place] }).count > 1
        }
        // The 67 characters of a header, without the underscore, hold 6.07 bits each.
        findings.expect(
            varied >= 43, "a secret has 256 bits of chance", "only \(varied) of its characters are not always the same")
    }

    private func checkWrongCharacters(_ findings: inout Findings) throws {
        let key = try makeBytes(at: Self.anyAddress())
        let changes: [(what: String, texts: [[UInt8]])] = [
            ("another character in a place", Self.exchanges(in: key)), ("a character less", Self.deletions(in: key)),
            ("a character more", Self.insertions(in: key)), ("two neighbours exchanged", Self.swaps(in: key)),
        ]
        for (what, texts) in changes {
            let read = texts.count { authenticator.read(SecretText(utf8: SecretBytes($0))) != nil }
            findings.expect(
                read == 0, "a key with one character wrong is no key",
                "\(read) of \(texts.count) with \(what) were read")
        }
    }

    private func checkOtherTexts(_ findings: inout Findings) throws {
        let rule = "text that is no key is not read"
        let key = String(decoding: try makeBytes(at: Self.anyAddress()), as: UTF8.self)
        for (index, text) in Self.texts(around: key).enumerated() where !text.utf8.elementsEqual(key.utf8) {
            let read = authenticator.read(SecretText(text))
            findings.expect(read == nil, rule, "text number \(index) of the suite was read")
        }
        let notUTF8 = SecretText(utf8: SecretBytes(Array(key.utf8) + [0xFF]))
        findings.expect(authenticator.read(notUTF8) == nil, rule, "bytes that are no UTF-8 were read")
        findings.expect(authenticator.read(SecretText(key)) != nil, rule, "the key that they resemble is none either")
    }

    private func checkCharacters(_ findings: inout Findings) throws {
        let rule = "a key fits into a header"
        let others = Set("-._~+/=".utf8)
        for address in Self.addresses {
            let key = try makeBytes(at: address)
            findings.expect(
                (1...KeyAddress.longestKeyBytes).contains(key.count), rule, "one of \(key.count) bytes was made")
            findings.expect(
                key.allSatisfy { Base62.isDigit($0) || others.contains($0) }, rule,
                "one has a character that RFC 6750 does not allow in a bearer token")
        }
    }

    private func checkPattern(_ findings: inout Findings) throws {
        let rule = "the pattern finds keys and little else"
        // Scanners read words as bytes of ASCII.
        let pattern = try Regex(authenticator.pattern).asciiOnlyCharacterClasses().wordBoundaryKind(.simple)
        let key = String(decoding: try makeBytes(at: Self.anyAddress()), as: UTF8.self)
        for (index, text) in Self.sentences(with: key).enumerated() {
            let found = text.firstMatch(of: pattern).map { String(text[$0.range]) }
            findings.expect(found == key, rule, "the key was not found in sentence number \(index) of the suite")
        }
        for text in Self.sentences(with: String(key.dropLast())) + Self.sentences(with: String(key.dropFirst())) {
            findings.expect(text.firstMatch(of: pattern) == nil, rule, "a key with a character less was found")
        }
        for text in Self.sentences(with: "") + Self.sentences(with: Self.anyAddress().description) {
            findings.expect(text.firstMatch(of: pattern) == nil, rule, "a key was found where there is none")
        }
    }

    private func checkPolicy(_ findings: inout Findings) {
        let (rule, policy) = ("the policy can be kept", authenticator.policy)
        findings.expect(policy.maxAge > .zero, rule, "keys are good for \(policy.maxAge)")
        findings.expect(
            (.zero...KeyPolicy.longestOverlap).contains(policy.overlap), rule, "the overlap is \(policy.overlap)")
        findings.expect(
            policy.warnBefore >= .zero && policy.warnBefore < policy.maxAge, rule,
            "keys that are good for \(policy.maxAge) are overdue \(policy.warnBefore) before their end")
    }

    private var underscore: UInt8 { UInt8(ascii: "_") }

    private func makeBytes(at address: KeyAddress) throws -> [UInt8] {
        try authenticator.makeKey(at: address).bytes.withExposedBytes { Array($0) }
    }
}
