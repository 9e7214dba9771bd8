import Kernel
import Logging
import PluginKit

/// Seals what stands in the clear of tenants that were made before values were sealed. Nobody is served before it is done.
struct ClearValues {
    let installation: Installation

    /// Costs one query where there is nothing to do, which is every time but the first after an upgrade.
    func seal() async throws {
        while let tenant = try await installation.tenantRecords.unsealed(limit: 1).first {
            let cells = try await installation.rotation(of: tenant).sealClearValues()
            try await installation.tenantRecords.markSealed(tenant)
            installation.logger.notice(
                "sealed what a tenant kept in the clear",
                metadata: ["tenant": "\(tenant)", "values": "\(cells.sealed)"])
        }
    }
}
