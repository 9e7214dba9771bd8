import ArgumentParser
import Foundation
import Kernel
import Logging
import PluginKit

/// Resolves secrets and says what it found of them.
struct SecretsTrial {
    let settings: ProcessSettings
    let logger: Logger

    /// The process's own secrets, unless one tenant is named, and those of the tenants.
    func run(tenant: String?) async throws -> [SecretRow] {
        let reading = TenantDirectory(path: settings.tenants, catalog: .standard).read()
        guard reading.problems.isEmpty else {
            reading.problems.forEach { Output.complain($0.description) }
            throw ExitCode.refused
        }
        if let tenant, !reading.plans.contains(where: { $0.slug.text == tenant }) {
            Output.complain("there is no file for a tenant \(tenant) in \(settings.tenants)")
            throw ExitCode.refused
        }
        let fingerprint = try Fingerprint(folder: settings.data)
        let own = tenant == nil ? await ownRows(fingerprint) : []
        return own + (try await rows(of: reading.plans.filter { tenant == nil || $0.slug.text == tenant }, fingerprint))
    }

    /// The secrets of all tenants whose files are sound, with fingerprints that mean nothing elsewhere. Changes nothing.
    func tenantRows() async throws -> [SecretRow] {
        let reading = TenantDirectory(path: settings.tenants, catalog: .standard).read()
        return try await rows(of: reading.plans, try Fingerprint())
    }

    private func rows(of plans: [TenantPlan], _ fingerprint: Fingerprint) async throws -> [SecretRow] {
        try await plans.concurrentMap(atMost: 16) { plan in await self.rows(of: plan, fingerprint) }.flatMap(\.self)
    }

    private func ownRows(_ fingerprint: Fingerprint) async -> [SecretRow] {
        do {
            let environment = ProcessInfo.processInfo.environment
            let secrets = try await ProcessSecrets.open(settings.secrets, environment: environment, logger: logger)
            var rows: [SecretRow] = []
            for name in ProcessKeys.Name.allCases.flatMap({ [$0.rawValue, $0.previous] }) {
                let row = await SecretRow(owner: "process", reference: name, fingerprint) {
                    try await secrets.secret(name)
                }
                // Only what is there, or should be there.
                let isOptional = name.hasSuffix("-previous") || secrets.transit != nil
                if row.version != nil || !(isOptional && row.problem == SecretRow.absent) { rows.append(row) }
            }
            await secrets.close()
            return rows
        } catch {
            return [SecretRow(owner: "process", reference: "all", problem: "\(error)")]
        }
    }

    private func rows(of plan: TenantPlan, _ fingerprint: Fingerprint) async -> [SecretRow] {
        do {
            let opened = try await SecretsOpener(logger: logger, now: SystemClock.now).open(plan)
            var rows: [SecretRow] = []
            for reference in plan.secretReferences {
                rows.append(
                    await SecretRow(owner: plan.slug.text, reference: reference.description, fingerprint) {
                        try await opened.secrets.resolve(reference)
                    })
            }
            await opened.close()
            return rows
        } catch {
            return [SecretRow(owner: plan.slug.text, reference: "all", problem: "\(error)")]
        }
    }
}
