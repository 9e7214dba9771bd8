import APIKeys
import Foundation
import RecoveryCodes
import TOTPFactor
import Testing

@testable import Kernel

@Suite("The example tenants")
struct ExampleTenantsTests {
    private let plans: [TenantPlan]
    private let problems: [TenantFileProblem]

    init() {
        let package = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4)
        var catalog = testCatalog()
        catalog.add(factor: TOTPProvider.self)
        catalog.add(backup: RecoveryCodesProvider.self)
        catalog.add(keys: APIKeysProvider.self)
        let folder = NSString.path(withComponents: package + ["tenants"])
        let reading = TenantDirectory(path: folder, catalog: catalog).read()
        (plans, problems) = (reading.plans, reading.problems)
    }

    @Test("both are sound and need no secret")
    func sound() {
        #expect(problems == [])
        #expect(plans.map(\.slug.text) == ["acme", "globex"])
        #expect(plans.allSatisfy { $0.passwords.secrets.isEmpty })
    }

    @Test("they differ in policy")
    func differ() throws {
        let (acme, globex) = (try #require(plans.first), try #require(plans.last))
        #expect(acme.policy.refreshTokenLifetime < globex.policy.refreshTokenLifetime)
        #expect(acme.policy.secondFactor.requiredFor.isEmpty)
        #expect(globex.policy.secondFactor.requiredFor == SecondFactorRule.usualRoles)
        #expect(acme.policy.signingKey.algorithm != globex.policy.signingKey.algorithm)
        #expect(Set(acme.corsOrigins).isDisjoint(with: globex.corsOrigins))
    }
}
