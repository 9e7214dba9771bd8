package import PluginKit

/// Tries whether key-encryption keys open what is stored: one data key of each key that wraps any, over all tenants.
package struct WrapperTrial: Sendable {
    private static let tenantsAtOnce = 16

    private let encryption: KeyEncryption
    private let records: TenantRecords
    private let databases: any TenantDatabases

    package init(of wrappers: KeyEncryption.Wrappers, records: TenantRecords, databases: any TenantDatabases) {
        encryption = KeyEncryption(wrappers)
        self.records = records
        self.databases = databases
    }

    /// The name of a key-encryption key that data keys are wrapped by and that is not among them; `nil` where there is none.
    ///
    /// - Parameter tenants: how many tenants are looked at, about.
    /// - Throws: `KeyWrapperError` where a keeper cannot be asked or a wrapped key was altered.
    package func missingKeyID(among tenants: Int = .max) async throws -> String? {
        var tried: Set<String> = []
        var last: TenantID?
        var count = 0
        repeat {
            let page = try await records.list(after: last, limit: 200)
            count += page.count
            let keys = try await page.concurrentMap(atMost: Self.tenantsAtOnce) { record in
                try await databases.database(of: record.id).rows(ListDataKeys()).map { (record.id, $0) }
            }
            for (tenant, key) in keys.joined() where tried.insert(key.wrapped.wrapperKeyID).inserted {
                guard try await opens(key, of: tenant) else { return key.wrapped.wrapperKeyID }
            }
            last = page.last?.id
        } while last != nil && count < tenants
        return nil
    }

    private func opens(_ key: StoredDataKey, of tenant: TenantID) async throws -> Bool {
        do {
            _ = try await encryption.unwrap(key.wrapped, binding: StoredDataKey.binding(tenant: tenant, key: key.id))
            return true
        } catch KeyWrapperError.unknownKey {
            return false
        }
    }
}
