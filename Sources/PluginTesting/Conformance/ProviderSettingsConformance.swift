public import PluginKit

/// Checks that a provider's settings declare themselves well. Takes no backend and no database.
public struct ProviderSettingsConformance<Settings: ProviderSettings>: Sendable {
    private let required: SettingsLiteral

    /// - Parameter required: the smallest section that is right; empty where every key has a default.
    public init(_ settings: Settings.Type, required: SettingsLiteral = [:]) {
        self.required = required
    }

    public func violations() -> [ConformanceViolation] {
        var findings = Findings()
        checkSmallestSection(&findings)
        checkUnknownKey(&findings)
        checkFields(SettingsReader.describe(Settings.self), at: "", &findings)
        return findings.violations
    }

    private func checkSmallestSection(_ findings: inout Findings) {
        let problems = required.read(as: Settings.self).problems
        findings.expect(problems.isEmpty, "the smallest section is read without problems", "\(problems)")
    }

    private func checkUnknownKey(_ findings: inout Findings) {
        let key = "no_such_key_anywhere"
        let problems = required.adding(key, "x").read(as: Settings.self).problems
        findings.expect(problems.contains { $0.key == key }, "an unknown key is reported", "it passed unnoticed")
    }

    private func checkFields(_ fields: [SettingsField], at path: String, _ findings: inout Findings) {
        for field in fields {
            let name = path + field.key
            findings.expect(!field.meaning.isEmpty, "every key has a meaning", "\(name) has none")
            findings.expect(Self.isSnakeCase(field.key), "keys are lower snake case", "\(name) is not")
            if case .section(let nested) = field.shape { checkFields(nested, at: name + ".", &findings) }
        }
    }

    private static func isSnakeCase(_ key: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return key.utf8.first.map(letters.contains) == true
            && key.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }
}

extension SettingsLiteral {
    fileprivate func adding(_ key: String, _ value: SettingsLiteral) -> SettingsLiteral {
        guard case .section(let entries) = self else { return self }
        return .section(entries + [(key: key, value: value)])
    }
}
