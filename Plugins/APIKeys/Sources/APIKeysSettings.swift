package import PluginKit

/// Settings of the `api_keys` provider.
///
/// - `prefix` (text, made of the tenant's slug by default): what new keys begin with.
/// - `former_prefixes` (list of at most 8 texts, default none): what older keys begin with that are still to be read.
/// - `environment` (`live` or `test`, default `live`): what this tenant's keys are for; keys of the other are refused.
/// - `max_age`, `overlap`, `warn_before`, `rate_limit`: see ``PluginKit/KeyPolicy``.
package struct APIKeysSettings: ProviderSettings {
    static let mostFormerPrefixes = 8

    let prefix: String?
    let formerPrefixes: [String]
    let environment: KeyEnvironment
    let policy: KeyPolicy

    package init(reading section: SettingsReader) {
        prefix = section.optionalText(
            "prefix", "what new keys begin with; the tenant's slug without hyphens where left out",
            check: KeyPrefix.check)
        formerPrefixes = section.texts(
            "former_prefixes", default: [], "what older keys begin with that are still to be read",
            check: KeyPrefix.check)
        environment = section.choice(
            "environment", default: KeyEnvironment.live,
            "what this tenant's keys are for; keys of the other environment are refused")
        policy = KeyPolicy(reading: section)
        checkFormerPrefixes(section)
    }

    private func checkFormerPrefixes(_ section: SettingsReader) {
        let most = Self.mostFormerPrefixes
        if formerPrefixes.count > most {
            section.reject(
                "former_prefixes", "must hold at most \(most) prefixes, holds \(formerPrefixes.count)",
                fix: "remove those whose keys are gone")
        }
        var seen = Set(prefix.map { [$0] } ?? [])
        for former in formerPrefixes where !seen.insert(former).inserted {
            section.reject(
                "former_prefixes",
                former == prefix ? "holds \(former), which is the prefix" : "holds \(former) a second time",
                fix: "remove it")
        }
    }
}

/// What keys are for. Both kinds do the same; the word keeps a key of a rehearsal from being used in earnest.
enum KeyEnvironment: String, CaseIterable, Sendable {
    case live
    case test
}
