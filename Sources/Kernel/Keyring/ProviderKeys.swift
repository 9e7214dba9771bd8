import Foundation
import Logging
import PluginKit

/// A tenant's keys as its providers use them: each use takes the keys as they are at that moment.
struct ProviderKeys: TenantKeys {
    let tenant: TenantID
    let database: any TenantDatabase
    let hierarchy: KeyHierarchy
    let logger: Logger
    let now: @Sendable () -> Date

    func seal(_ plaintext: SecretBytes, at cell: Cell) async throws -> [UInt8] {
        try await cells().seal(plaintext.withExposedBytes(Array.init), at: cell)
    }

    func open(_ sealed: [UInt8], at cell: Cell) async throws -> SecretBytes {
        SecretBytes(try await cells().open(sealed, at: cell))
    }

    private func cells() async throws -> TenantCells {
        TenantCells(
            keyring: try await hierarchy.keyring(of: tenant, in: database), hierarchy: hierarchy, database: database,
            logger: logger, now: now)
    }
}
