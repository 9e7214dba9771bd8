import PluginKit

/// The section `sign_in` of a tenant's document: how people prove who they are, by provider.
struct SignInSection {
    /// `nil` where the document has none that is sound.
    let passwords: PreparedProvider<PasswordProvider>?
    let enrollableFactors: [PreparedProvider<any EnrollableFactor>]
    let backupFactors: [PreparedProvider<any BackupFactor>]

    init(reading reader: SettingsReader, catalog: ProviderCatalog) {
        let node = reader.node(
            "sign_in", shape: .section(Self.fields(of: catalog)), "how people prove who they are, by provider")
        let section = ProviderSection(node, path: "sign_in", line: reader.line)
        let passwords = section.providers(from: catalog.passwords)
        enrollableFactors = section.providers(from: catalog.enrollableFactors)
        backupFactors = section.providers(from: catalog.backupFactors)
        section.finish(into: reader)
        self.passwords = passwords.first
        if section.isEmpty {
            reader.reject("sign_in", "names no way to sign in", fix: "add `password: {}` to the section `sign_in`")
        } else if passwords.count > 1 {
            let names = passwords.map(\.name.rawValue).joined(separator: ", ")
            reader.reject("sign_in", "must name one keeper of passwords, names \(names)", fix: "keep one of them")
        }
        checkFactors(reader, catalog)
    }

    /// The rule as it holds. A program that has no second factor to offer asks for none, unless the document says so.
    func checked(
        _ rule: SecondFactorRule, in reader: SettingsReader, catalog: ProviderCatalog
    ) -> SecondFactorRule {
        guard enrollableFactors.isEmpty, !rule.requiredFor.isEmpty else { return rule }
        let known = catalog.enrollableFactors.entries.map(\.name.rawValue)
        if known.isEmpty, !rule.namesRoles { return rule.asking([]) }
        let roles = rule.requiredFor.joined(separator: ", ")
        let add = known.first.map { "add `\($0): {}` to the section `sign_in`, or " } ?? ""
        reader.reject(
            "sign_in", "names no second factor, and policy.second_factor asks one of \(roles)",
            fix: add + "write `second_factor: { required_for: [] }` in the section `policy`")
        return rule
    }

    private func checkFactors(_ reader: SettingsReader, _ catalog: ProviderCatalog) {
        guard enrollableFactors.isEmpty, let backup = backupFactors.first else { return }
        let known = catalog.enrollableFactors.entries.first.map { "add `\($0.name): {}`, or " } ?? ""
        reader.reject(
            "sign_in", "names `\(backup.name)`, which only stands in for another second factor, and none of these",
            fix: known + "leave `\(backup.name)` out")
    }

    private static func fields(of catalog: ProviderCatalog) -> [SettingsField] {
        ProviderSection.fields(of: catalog.passwords) + ProviderSection.fields(of: catalog.enrollableFactors)
            + ProviderSection.fields(of: catalog.backupFactors)
    }
}
