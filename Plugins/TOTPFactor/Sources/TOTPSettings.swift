package import PluginKit

/// Settings of the `totp` provider.
///
/// - `issuer` (text, the tenant's name by default): who issues the codes, as authenticator apps show it.
/// - `algorithm` (`sha1`, `sha256` or `sha512`, default `sha1`): the hash of new factors; every app knows `sha1`.
/// - `digits` (6 or 8, default 6): how long the codes of new factors are.
/// - `strict` (boolean, default false): whether a code is refused as soon as the app shows the next one.
package struct TOTPSettings: ProviderSettings {
    let issuer: String?
    let algorithm: TOTPAlgorithm
    let digits: Int
    let isStrict: Bool

    package init(reading section: SettingsReader) {
        issuer = section.optionalText(
            "issuer", "who issues the codes, as authenticator apps show it; the tenant's name where left out",
            check: Self.issuerCheck)
        algorithm = section.choice("algorithm", default: TOTPAlgorithm.sha1, "the hash of new factors")
        digits = section.integer("digits", default: 6, in: 6...8, "how long the codes of new factors are, 6 or 8")
        isStrict = section.boolean(
            "strict", default: false, "whether a code is refused as soon as the app shows the next one")
        // Seven digits are possible, but no app is known to show them.
        if digits == 7 { section.reject("digits", "must be 6 or 8, is 7", fix: "write 6 or 8") }
    }

    private static let issuerCheck = TextCheck(
        pattern: "^[^:\\u0000-\\u001f\\u007f-\\u009f]{1,64}$", fix: "write a name, such as Acme"
    ) { text in
        let isLabel = (1...EnrollmentLabel.longestIssuer).contains(text.unicodeScalars.count)
        return isLabel && text.unicodeScalars.allSatisfy { $0 != ":" && $0.properties.generalCategory != .control }
            ? nil : "must be 1 to \(EnrollmentLabel.longestIssuer) characters without colons and control characters"
    }
}
