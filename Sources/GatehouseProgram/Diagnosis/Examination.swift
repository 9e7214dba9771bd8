import Foundation
import Kernel
import Logging
import PluginKit
import PostgresStore

/// All checks of the doctor, in order: first those that need only files, then those that need the database.
struct Examination {
    let settings: ProcessSettings
    let logger: Logger

    func findings() async -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        for check in checksOfFiles { findings += await check.findings() }
        return findings
            + (await findingsOfDatabase { stores, keys in
                isolationChecks(of: stores) + checks(of: stores)
                    + [KeyEncryptionKeyCheck(wrappers: keys.wrappers, stores: stores)]
            })
    }

    /// Whether the database keeps tenants apart.
    func findingsOfIsolation() async -> [DoctorFinding] {
        await findingsOfDatabase { stores, _ in isolationChecks(of: stores) }
    }

    private typealias Checks = (Stores, ProcessKeys) -> [any DoctorCheck]

    private var checksOfFiles: [any DoctorCheck] {
        [
            TenantFilesCheck(directory: TenantDirectory(path: settings.tenants, catalog: Program.plugins)),
            ProcessKeysCheck(settings: settings, logger: logger),
            SecretsCheck(settings: settings, logger: logger),
            FrontTLSCheck(settings: settings),
        ]
    }

    private func findingsOfDatabase(_ checks: Checks) async -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        do {
            try await ProcessSecrets.use(settings, mayCreate: false, logger: logger) { secrets, home in
                let kept = try await secrets.databaseAddresses()
                findings = await DatabaseTLSCheck(database: settings.database ?? kept).findings()
                findings += try await findingsOfDatabase(secrets, home, checks)
            }
        } catch let error as PostgresStartError {
            findings.append(DoctorFinding("database", .critical, error.problem, remedy: error.remedy))
        } catch {
            findings.append(
                DoctorFinding("database", .critical, "cannot be opened: \(error)", remedy: "see the message"))
        }
        return findings
    }

    private func findingsOfDatabase(
        _ secrets: ProcessSecrets, _ home: DatabaseHome, _ checks: Checks
    ) async throws -> [DoctorFinding] {
        guard !home.isNew else {
            let remedy = "gatehouse serve"
            return [DoctorFinding("database", .note, "the private database has not been made yet", remedy: remedy)]
        }
        let keys = try await ProcessKeys.read(from: secrets)
        return try await home.use { addresses in
            let signer = ContextSigner(key: keys.contextKeys[0])
            let stores = try await Stores.open(addresses, signer: signer, logger: logger)
            var findings: [DoctorFinding] = []
            for check in checks(stores, keys) { findings += await check.findings() }
            await stores.close()
            return findings
        }
    }

    private func isolationChecks(of stores: Stores) -> [any DoctorCheck] {
        [
            ServerVersionCheck(store: stores.platform), MigrationsCheck(store: stores.platform),
            CatalogueCheck(tenants: stores.tenants, platform: stores.platform), ContextKeyCheck(stores: stores),
            IsolationCheck(stores: stores),
        ]
    }

    private func checks(of stores: Stores) -> [any DoctorCheck] {
        [
            TroubledTenantsCheck(stores: stores),
            SecondFactorCheck(settings: settings, stores: stores), OverdueKeysCheck(stores: stores),
        ]
    }
}
