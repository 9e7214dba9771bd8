import ArgumentParser
import Cryptography
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
        let reading = TenantDirectory(path: settings.tenants, catalog: Program.plugins).read()
        let isNamedSound = tenant.map { name in reading.plans.contains { $0.slug.text == name } }
        guard reading.problems.isEmpty || isNamedSound == true else {
            reading.problems.forEach { Output.complain($0.description) }
            throw ExitCode.refused
        }
        if let tenant, isNamedSound == false {
            Output.complain("there is no file for a tenant \(tenant) in \(settings.tenants)")
            throw ExitCode.refused
        }
        let fingerprint = try Fingerprint(folder: settings.data)
        let own = tenant == nil ? await ownRows(fingerprint) : []
        return own + (try await rows(of: reading.plans.filter { tenant == nil || $0.slug.text == tenant }, fingerprint))
    }

    /// The secrets of all tenants whose files are sound, with fingerprints that mean nothing elsewhere. Changes nothing.
    func tenantRows() async throws -> [SecretRow] {
        let reading = TenantDirectory(path: settings.tenants, catalog: Program.plugins).read()
        return try await rows(of: reading.plans, try Fingerprint())
    }

    private func rows(of plans: [TenantPlan], _ fingerprint: Fingerprint) async throws -> [SecretRow] {
        try await plans.concurrentMap(atMost: 16) { plan in await self.rows(of: plan, fingerprint) }.flatMap(\.self)
    }

    private func ownRows(_ fingerprint: Fingerprint) async -> [SecretRow] {
        do {
            let environment = ProcessInfo.processInfo.environment
            let secrets = try await ProcessSecrets.open(settings.secrets, environment: environment, logger: logger)
            var rows = await ownRows(secrets, fingerprint)
            if let transit = secrets.transit { rows.append(await row(of: transit)) }
            await secrets.close()
            return rows
        } catch {
            return [SecretRow(owner: "process", reference: "all", problem: "\(error)")]
        }
    }

    /// What is there, and what should be there.
    private func ownRows(_ secrets: ProcessSecrets, _ fingerprint: Fingerprint) async -> [SecretRow] {
        let needed =
            [ProcessKeys.Name.context.rawValue]
            + (secrets.transit == nil ? [ProcessKeys.Name.keyEncryption.rawValue] : [])
        let spare =
            ProcessKeys.Name.allCases.flatMap { [$0.rawValue, $0.previous] }
            + ProcessSecrets.DatabaseName.allCases.flatMap { [$0.rawValue, $0.previous] }
        var rows: [SecretRow] = []
        for name in needed + spare.filter({ !needed.contains($0) }) {
            let row = await SecretRow(
                owner: "process", reference: name, isSpare: !needed.contains(name), fingerprint,
                { try await secrets.secret(name) }, absence: { await secrets.absence(of: name) })
            if row.note == nil { rows.append(row) }
            // Where the keeper does not answer, it has nothing to say of the others either.
            if row.isUndecided { break }
        }
        return rows
    }

    /// Whether the transit key wraps and unwraps, tried on bytes that mean nothing.
    private func row(of transit: any KeyWrapper) async -> SecretRow {
        do {
            let probe = SecretBytes(try Randomness.bytes(32))
            let binding = Array("gatehouse secrets test".utf8)
            let wrapped = try await transit.wrap(probe, binding: binding)
            guard try await transit.unwrap(wrapped, binding: binding).matches(probe) else {
                return SecretRow(owner: "process", reference: "transit", problem: "unwraps other bytes than it wrapped")
            }
            return SecretRow(owner: "process", reference: "transit", keyID: wrapped.wrapperKeyID)
        } catch {
            return SecretRow(owner: "process", reference: "transit", problem: "\(error)")
        }
    }

    private func rows(of plan: TenantPlan, _ fingerprint: Fingerprint) async -> [SecretRow] {
        do {
            let opener = SecretsOpener(hostRules: settings.hostRules, logger: logger, now: SystemClock.now)
            let opened = try await opener.open(plan)
            var rows: [SecretRow] = []
            for reference in plan.secretReferences {
                rows.append(
                    await SecretRow(
                        owner: plan.slug.text, reference: reference.description,
                        isSpare: plan.spareSecrets.contains(reference), fingerprint,
                        { try await opened.secrets.find(reference) },
                        absence: { await opened.secrets.absence(of: reference) }))
            }
            await opened.close()
            return rows
        } catch {
            return [SecretRow(owner: plan.slug.text, reference: "all", problem: "\(error)")]
        }
    }
}
