import Foundation
import PluginKit
import PluginTesting

@testable import APIKeys

/// A provider of the tenant `acme`, or of another, with these settings.
func makeProvider(_ settings: SettingsLiteral = [:], tenant: String = "acme") async throws -> APIKeysProvider {
    let (settings, problems) = settings.read(as: APIKeysSettings.self)
    guard problems.isEmpty else { throw SettingsProblemsInTest(problems: problems) }
    return try await APIKeysProvider(settings: settings, context: .testing(tenantSlug: tenant))
}

struct SettingsProblemsInTest: Error {
    let problems: [SettingsProblem]
}

/// An address of chance.
func anyAddress() -> KeyAddress {
    let time = Date(timeIntervalSince1970: 1_750_000_000)
    return KeyAddress(tenant: TenantTag(.make(at: time)), key: KeyTag(.make(at: time)))
}

extension SecretText {
    var exposed: String { withExposed { $0 } }
}
