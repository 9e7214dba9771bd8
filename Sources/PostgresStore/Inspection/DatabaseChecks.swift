package import PluginKit

/// Whether the server is of a release whose row-level security can be relied on.
package struct ServerVersionCheck: DoctorCheck {
    package let subject = "PostgreSQL version"
    private let store: PostgresPlatformStore

    package init(store: PostgresPlatformStore) {
        self.store = store
    }

    package func findings() async -> [DoctorFinding] {
        let version = store.serverVersion
        do {
            try ServerVersion.check(version)
            return [DoctorFinding(subject, .good, "\(version / 10_000).\(version % 10_000)")]
        } catch {
            return [DoctorFinding(subject, .critical, error.problem, remedy: error.remedy)]
        }
    }
}

/// Whether the schema is the program's.
package struct MigrationsCheck: DoctorCheck {
    package let subject = "migrations"
    private let store: PostgresPlatformStore

    package init(store: PostgresPlatformStore) {
        self.store = store
    }

    package func findings() async -> [DoctorFinding] {
        do {
            let plan = try await MigrationRunner.plan(using: store)
            if plan.isCurrent { return [DoctorFinding(subject, .good, "all \(plan.applied.count) have run")] }
            let pending = plan.pending.map {
                DoctorFinding(subject, .critical, "\($0) has not run", remedy: "gatehouse migrate")
            }
            return pending
                + plan.drift.map {
                    DoctorFinding(subject, .critical, $0, remedy: "run the release that the database belongs to")
                }
        } catch {
            return [
                DoctorFinding(
                    subject, .critical, "could not be compared: \(error)", remedy: "gatehouse doctor, once more")
            ]
        }
    }
}

/// Whether the catalogue keeps tenants apart: roles, policies, keys, functions.
package struct CatalogueCheck: DoctorCheck {
    package let subject = "database roles and isolation"
    private let tenants: PostgresStore
    private let platform: PostgresPlatformStore

    package init(tenants: PostgresStore, platform: PostgresPlatformStore) {
        self.tenants = tenants
        self.platform = platform
    }

    package func findings() async -> [DoctorFinding] {
        do {
            let found = try await CatalogueInspection(tenants).run() + CatalogueInspection(platform).run()
            guard !found.isEmpty else { return [DoctorFinding(subject, .good, "no finding in the catalogue")] }
            return found.map { DoctorFinding(subject, .critical, "\($0.object) \($0.message)", remedy: $0.remedy) }
        } catch {
            return [
                DoctorFinding(subject, .critical, "could not be read: \(error)", remedy: "gatehouse doctor, once more")
            ]
        }
    }
}
