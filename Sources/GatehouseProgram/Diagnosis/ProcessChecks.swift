import Foundation
import Kernel
import Logging
import PluginKit

/// Whether the process's keys are there, and whether they are kept as they should be.
struct ProcessKeysCheck: DoctorCheck {
    let settings: ProcessSettings
    let logger: Logger
    let subject = "process keys"

    func findings() async -> [DoctorFinding] {
        do {
            let environment = ProcessInfo.processInfo.environment
            let secrets = try await ProcessSecrets.open(settings.secrets, environment: environment, logger: logger)
            _ = try await closing(with: secrets.close) { try await ProcessKeys.read(from: secrets) }
        } catch {
            return [DoctorFinding(subject, .critical, "\(error)", remedy: "mend it, then `gatehouse secrets test`")]
        }
        guard settings.secrets == .folder(settings.data + "/keys") else {
            return [DoctorFinding(subject, .good, "are where --secrets says")]
        }
        return [
            DoctorFinding(
                subject, .note, "lie in \(settings.data)/keys, beside the data that they protect",
                remedy: "keep them apart from the data and its backups: --secrets file:/etc/gatehouse/keys")
        ]
    }
}

/// Whether every secret that a tenant file refers to can be had, from wherever it is kept.
struct SecretsCheck: DoctorCheck {
    let settings: ProcessSettings
    let logger: Logger
    let subject = "secrets of tenants"

    func findings() async -> [DoctorFinding] {
        let remedy = "mend it, then `gatehouse secrets test`"
        do {
            let rows = try await SecretsTrial(settings: settings, logger: logger).tenantRows()
            let problems = rows.compactMap { row in row.problem.map { "\(row.owner) \(row.reference): \($0)" } }
            guard problems.isEmpty else {
                return problems.map { DoctorFinding(subject, .critical, $0, remedy: remedy) }
            }
            return [DoctorFinding(subject, .good, rows.isEmpty ? "there are none" : "all \(rows.count) can be had")]
        } catch {
            return [DoctorFinding(subject, .critical, "could not be tried: \(error)", remedy: remedy)]
        }
    }
}

/// Whether clients reach the server by TLS.
struct FrontTLSCheck: DoctorCheck {
    let settings: ProcessSettings
    let subject = "TLS in front"

    func findings() async -> [DoctorFinding] {
        if settings.tls != nil { return [DoctorFinding(subject, .good, "ends in this process")] }
        if settings.publicURL?.hasPrefix("https:") == true {
            guard settings.trustedProxies.isEmpty else { return [DoctorFinding(subject, .good, "ends at a proxy")] }
            return [
                DoctorFinding(
                    subject, .warning,
                    "ends at a proxy that is not trusted, so all clients seem to come from one address",
                    remedy: "--trusted-proxies with the proxy's network")
            ]
        }
        if isLoopback {
            return [
                DoctorFinding(
                    subject, .note, "is off; the server listens on this host only",
                    remedy: "--tls-certificate and --tls-key, or a proxy with TLS and --public-url https://…")
            ]
        }
        return [
            DoctorFinding(
                subject, .critical,
                "is off and the server listens on \(settings.listen.host): passwords cross the network",
                remedy: "--tls-certificate and --tls-key, or a proxy with TLS and --public-url https://…")
        ]
    }

    private var isLoopback: Bool {
        settings.listen.host == "localhost" || settings.listen.host == "::1" || settings.listen.host.hasPrefix("127.")
    }
}

/// Whether the way to an outside database is encrypted and its server's name is verified.
struct DatabaseTLSCheck: DoctorCheck {
    let database: DatabaseAddresses?
    let subject = "TLS to the database"

    func findings() async -> [DoctorFinding] {
        guard let database else { return [DoctorFinding(subject, .good, "is not needed: a private unix socket")] }
        return [database.app, database.platform, database.maintenance, database.migrator].compactMap { $0 }
            .map { $0.withExposed(DatabaseLink.init) }
            .map(finding)
    }

    private func finding(_ link: DatabaseLink) -> DoctorFinding {
        if link.isUnixSocket { return DoctorFinding(subject, .good, "is not needed: a unix socket") }
        if link.sslmode == "verify-full" {
            return DoctorFinding(subject, .good, "is on and verifies the server's name")
        }
        return DoctorFinding(
            subject, .warning, "does not verify the server (sslmode \(link.sslmode ?? "unset"))",
            remedy: "add sslmode=verify-full and sslrootcert=… to the database URLs")
    }
}

/// What a database URL says of its transport; nothing else of it is kept.
private struct DatabaseLink {
    let sslmode: String?
    let isUnixSocket: Bool

    init(_ url: String) {
        let parts = URLComponents(string: url)
        let query = parts?.queryItems ?? []
        sslmode = query.first { $0.name == "sslmode" }?.value
        let host = query.first { $0.name == "host" }?.value ?? parts?.host ?? ""
        isUnixSocket = host.isEmpty || host.hasPrefix("/")
    }
}

/// Whether the key-encryption keys open every tenant's data keys.
struct KeyEncryptionKeyCheck: DoctorCheck {
    let wrappers: KeyEncryption.Wrappers
    let stores: Stores
    let subject = "key-encryption key"

    func findings() async -> [DoctorFinding] {
        do {
            let records = TenantRecords(database: stores.platform, now: SystemClock.now)
            let trial = WrapperTrial(of: wrappers, records: records, databases: stores.tenants)
            guard let missing = try await trial.missingKeyID() else {
                return [DoctorFinding(subject, .good, "opens the data keys of every tenant")]
            }
            return [
                DoctorFinding(
                    subject, .critical, "\(MissingWrapper(id: missing))",
                    remedy: "once it is back, `gatehouse keyring rotate kek` moves everything to the present one")
            ]
        } catch let error as DatabaseError {
            return [
                DoctorFinding(subject, .critical, "could not be tried: \(error)", remedy: "gatehouse doctor, once more")
            ]
        } catch {
            return [DoctorFinding(subject, .critical, "\(error)", remedy: "mend it, then `gatehouse secrets test`")]
        }
    }
}

/// Whether the database knows the key that signs tenant contexts.
struct ContextKeyCheck: DoctorCheck {
    let stores: Stores
    let subject = "context key"

    func findings() async -> [DoctorFinding] {
        do {
            try await StartChecks(stores: stores).checkContextKey()
            return [DoctorFinding(subject, .good, "the database accepts this process's signature")]
        } catch let refused as StartRefused {
            return refused.reasons.map { DoctorFinding(subject, .critical, $0, remedy: "gatehouse migrate") }
        } catch {
            return [
                DoctorFinding(subject, .critical, "could not be tried: \(error)", remedy: "gatehouse doctor, once more")
            ]
        }
    }
}
