/// The database as the platform sees it: the registry of tenants and operators, nothing inside a tenant.
///
/// Not for plugins.
package protocol PlatformDatabase: StatementRunner {}

/// Gives the database as a tenant sees it. The only place where a tenant's id becomes a way to its rows.
package protocol TenantDatabases: Sendable {
    func database(of tenant: TenantID) -> any TenantDatabase
}
