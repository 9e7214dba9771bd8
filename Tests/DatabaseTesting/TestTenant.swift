import APIKeys
package import Foundation
package import Kernel
package import Logging
import PasswordLogin
package import PluginKit
package import PluginTesting
import RecoveryCodes
import TOTPFactor

/// A fresh tenant on the real database: its policy, its providers and the kernel's services, with a clock that the test
/// sets.
package struct TestTenant: Sendable {
    package let tenant: Tenant
    package let services: KernelServices
    /// Stands at ``start`` unless the test moves it.
    package let clock: FixedClock
    /// Counts the tenant's hashes.
    package let hashing: InlineHashingPool

    /// Far in the future: purging goes by the server's own clock, and must leave the rows of other tests alone.
    package static let start = Date(timeIntervalSince1970: 4_000_000_000)

    package var id: TenantID { tenant.id }
    package var database: any TenantDatabase { tenant.database }

    /// Registers and opens a tenant.
    ///
    /// - Parameters:
    ///   - settings: more of its document, such as `policy: {sessions: {access_token: 1m}}`.
    ///   - isSuspended: whether it is opened as one that the registry has suspended.
    ///   - offersFactors: whether there are second factors, so that owners and admins are asked for one.
    ///   - remembersKeys: whether the node remembers API keys, as one that hears announcements does.
    package static func make(
        _ settings: String = "", isSuspended: Bool = false, offersFactors: Bool = false, remembersKeys: Bool = false
    ) async throws -> TestTenant {
        let database = try await TestDatabase.shared
        let clock = FixedClock(start)
        let hashing = InlineHashingPool()
        let plan = try plan(settings, offersFactors: offersFactors)
        let records = TenantRecords(database: database.platform, now: clock.reading)
        let registered = try await records.register([(slug: plan.slug.text, name: plan.name)])
        let services = database.services(rememberingKeys: { remembersKeys }, now: clock.reading)
        let opener = opener(on: database, services, hashing, clock)
        let tenant = try await opener.open(plan, id: registered[0].id, isSuspended: isSuspended)
        return TestTenant(tenant: tenant, services: services, clock: clock, hashing: hashing)
    }

    /// The kernel as another node runs it: same database, same time, nothing remembered.
    package func anotherNode() async throws -> KernelServices {
        try await TestDatabase.shared.services(now: clock.reading)
    }

    /// This tenant as another node serves it, which has providers of its own.
    package func served(by services: KernelServices, logger: Logger? = nil) async throws -> TestTenant {
        let opener = Self.opener(on: try await TestDatabase.shared, services, hashing, clock, logger)
        let opened = try await opener.open(tenant.plan, id: id)
        return TestTenant(tenant: opened, services: services, clock: clock, hashing: hashing)
    }

    /// This tenant opened otherwise, for example on a database that fails.
    package func opened(as tenant: Tenant) -> TestTenant {
        TestTenant(tenant: tenant, services: services, clock: clock, hashing: hashing)
    }

    /// This tenant as its file says otherwise now: opened anew, in the place of what it was.
    package func reopened(_ settings: String) async throws -> TestTenant {
        let plan = try Self.plan(settings, slug: tenant.slug.text, offersFactors: true)
        let opener = Self.opener(on: try await TestDatabase.shared, services, hashing, clock)
        return opened(as: try await opener.open(plan, id: id, replacing: tenant))
    }

    private static func opener(
        on database: TestDatabase, _ services: KernelServices, _ hashing: InlineHashingPool, _ clock: FixedClock,
        _ logger: Logger? = nil
    ) -> TenantOpener {
        TenantOpener(
            databases: database.tenants, hierarchy: services.hierarchy, keyCache: services.keyCache,
            hashing: { _ in hashing },
            hostRules: HostRules(kept: []),
            publicURL: "https://auth.example.com", logger: logger ?? .silent, now: clock.reading)
    }

    private static func plan(
        _ settings: String, slug: String = "t\(unique())", offersFactors: Bool
    ) throws -> TenantPlan {
        let catalog = ProviderCatalog.testing(offersFactors: offersFactors)
        let ways = offersFactors ? "password: {}, totp: {}, recovery_codes: {}" : "password: {}"
        let document = "tenant: \(slug)\nname: A test\nsign_in: {\(ways)}\n\(settings)\n"
        return try TenantPlan(
            document: Array(document.utf8), title: slug, source: "\(slug).yaml", origin: .host, catalog: catalog)
    }
}

extension ProviderCatalog {
    /// The providers of test tenants.
    package static func testing(offersFactors: Bool = true) -> ProviderCatalog {
        var catalog = ProviderCatalog()
        catalog.add(password: PasswordLoginProvider.self)
        catalog.add(keys: APIKeysProvider.self)
        if offersFactors {
            catalog.add(factor: TOTPProvider.self)
            catalog.add(backup: RecoveryCodesProvider.self)
        }
        return catalog
    }
}
