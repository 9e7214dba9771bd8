import Cryptography
import DatabaseTesting
import Foundation
import Logging
import PluginKit
import PluginTesting

@testable import Kernel

extension TestTenant {
    /// Work on this tenant's keys.
    var rotation: KeyRotation { rotation(in: database, log: CapturedLog()) }

    /// Work on this tenant's keys, on a database that may fail.
    func rotation(in database: any TenantDatabase, log: CapturedLog) -> KeyRotation {
        KeyRotation(
            tenant: id, database: database, hierarchy: services.hierarchy, logger: log.logger, now: clock.reading)
    }

    /// Work on what this tenant's API keys are hashed with.
    var hashKeyRotation: HashKeyRotation { hashKeyRotation(in: database) }

    /// The same on a database that may fail, or with another clock.
    func hashKeyRotation(in database: any TenantDatabase, now: (@Sendable () -> Date)? = nil) -> HashKeyRotation {
        HashKeyRotation(
            tenant: id, database: database, hierarchy: services.hierarchy, now: now ?? clock.reading)
    }

    /// The keys that something is sealed with; `nil` stands for what is in the clear.
    func keysInUse() async throws -> Set<DataKeyID?> { Set(try await rotation.status().cells.map(\.key)) }

    /// The states of all data keys, in the order of their names.
    func keyStates() async throws -> [StoredDataKey.State] {
        try await rotation.status().keys.map(\.state).sorted { $0.rawValue < $1.rawValue }
    }

    /// Gives the tenant a new data key, finishing whatever was not finished before.
    @discardableResult
    func rotateDataKey() async throws -> DataKeyID {
        while true {
            let outcome = try await rotation.rotateDataKey()
            guard outcome.cells.damaged == 0 else { throw DamagedCells() }
            if outcome.hasNewKey { return outcome.activeKey }
        }
    }

    /// Opens every sealed value of the tenant; throws for the first that does not open.
    func openEverything() async throws -> Int {
        let keyring = try await services.hierarchy.reloadedKeyring(of: id, in: database)
        let all = try await sealed()
        for (_, stored) in all { _ = try keyring.open(stored.value, at: stored.cell) }
        return all.count
    }
}

struct DamagedCells: Error {}

extension KeyEncryptionKeys {
    /// One key-encryption key that nobody else has.
    static func random() throws -> KeyEncryptionKeys {
        try KeyEncryptionKeys([KeyBytes(try Randomness.bytes(sizeBytes))])
    }
}
