import PluginKit

@testable import Kernel

extension Tenant {
    /// This tenant on another database. Its providers keep the database they have.
    func on(_ database: any TenantDatabase) -> Tenant {
        Tenant(
            id: id, isSuspended: isSuspended, plan: plan, revision: revision, address: address,
            fixedIssuer: fixedIssuer, database: database, secrets: secrets,
            passwordAuthenticator: passwordAuthenticator, passwordKeeper: passwordKeeper, factors: factors, keys: keys,
            keyCache: keyCache, logger: logger, closers: closers, opening: opening)
    }

    /// This tenant, whose database is gone whenever `statement` is to run.
    func failing(at statement: (some Statement).Type) -> Tenant { failing(at: statement.sql) }

    func failing(at statement: SQL) -> Tenant { on(FailingDatabase(database: database, statement: statement)) }

    /// This tenant on a strict database.
    var strict: Tenant { on(StrictDatabase(database: database)) }
}
