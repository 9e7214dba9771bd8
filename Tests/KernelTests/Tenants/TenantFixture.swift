import Foundation
import Logging
import PluginKit
import PluginTesting
import Synchronization

@testable import Kernel

/// A folder of tenant files, removed at the end, and all that reads and opens them.
final class TenantFixture: Sendable {
    let folder: URL
    let registry = TenantRegistry()
    /// The slugs of each registration, in order.
    let registrations = Mutex<[[String]]>([])
    /// The slugs that the registry has suspended.
    let suspended = Mutex<Set<String>>([])
    private let ids = Mutex<[TenantSlug: TenantID]>([:])

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tenants-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    var directory: TenantDirectory { TenantDirectory(path: folder.path, catalog: testCatalog()) }

    var opener: TenantOpener {
        TenantOpener(
            databases: ScriptedDatabases(),
            hierarchy: KeyHierarchy(encryption: KeyEncryption([]), now: FixedClock().reading),
            keyCache: VerifiedKeyCache(capacity: 0, isTrusted: { false }),
            hashing: { _ in InlineHashingPool() },
            publicURL: "https://auth.example.com/",
            logger: Logger(label: "test"), now: FixedClock().reading)
    }

    var reload: TenantReload {
        TenantReload(directory: directory, registry: registry, opener: opener) { plans in
            self.registrations.withLock { $0.append(plans.map(\.slug.text)) }
            return self.ids.withLock { ids in
                for plan in plans where ids[plan.slug] == nil { ids[plan.slug] = TenantID.make(at: FixedClock().now) }
                let suspended = self.suspended.withLock { $0 }
                return ids.reduce(into: [:]) { entries, pair in
                    entries[pair.key] = RegisteredTenant(id: pair.value, isSuspended: suspended.contains(pair.key.text))
                }
            }
        }
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func writeTenant(_ slug: String, minimumLength: Int = 12) throws {
        try write(
            "\(slug).yaml",
            "tenant: \(slug)\nname: \(slug)\nsign_in: { password: { minimum_length: \(minimumLength) } }\n")
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }

    /// The problems of the folder, with the folder's own path left out.
    func problems() -> [String] {
        directory.read().problems.map { $0.description.replacing(folder.path + "/", with: "") }
    }

    func plan(_ text: String, title: String = "acme") throws(SettingsProblems) -> TenantPlan {
        try TenantPlan(document: Array(text.utf8), title: title, source: "\(title).yaml", catalog: testCatalog())
    }
}

/// Gives each tenant a database of its own.
private struct ScriptedDatabases: TenantDatabases {
    func database(of tenant: TenantID) -> any TenantDatabase {
        let database = ScriptedDatabase()
        database.answer(SyncSecondFactorDuties.self, rows: [])
        return database
    }
}
