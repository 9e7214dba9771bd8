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
    let files = TenantFilesInForce()
    /// The slugs of each registration, in order.
    let registrations = Mutex<[[String]]>([])
    /// The slugs that the registry has suspended.
    let suspended = Mutex<Set<String>>([])
    /// The slugs of tenants that the registry does not have from files.
    let madeAtRunTime = Mutex<Set<String>>([])
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
            hostRules: HostRules(kept: []),
            publicURL: "https://auth.example.com/",
            logger: Logger(label: "test"), now: FixedClock().reading)
    }

    var reload: TenantReload { reload { self.register($0) } }

    func reload(_ register: @escaping TenantReload.Register) -> TenantReload {
        TenantReload(
            directory: directory, files: files, registry: registry, source: FileSource(files: files, opener: opener),
            logger: Logger(label: "test"), register: register)
    }

    /// A reload that finds that other tenants have these domains.
    func reload(taken: Set<DomainName>) -> TenantReload {
        TenantReload(
            directory: directory, files: files, registry: registry, source: FileSource(files: files, opener: opener),
            logger: Logger(label: "test"), declare: { _ in taken }, register: { self.register($0) })
    }

    private func register(_ plans: [TenantPlan]) -> [TenantRecord] {
        registrations.withLock { $0.append(plans.map(\.slug.text)) }
        let (suspended, madeAtRunTime) = (suspended.withLock { $0 }, madeAtRunTime.withLock { $0 })
        return ids.withLock { ids in
            for plan in plans where ids[plan.slug] == nil { ids[plan.slug] = TenantID.make(at: FixedClock().now) }
            return ids.map { slug, id in
                TenantRecord(
                    id: id, slug: slug.text, name: slug.text,
                    state: suspended.contains(slug.text) ? .suspended : .active,
                    managedBy: madeAtRunTime.contains(slug.text) ? .api : .file, issuer: nil, revision: 0, trouble: nil,
                    createdAt: FixedClock().now, ownedAt: nil)
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
        try TenantPlan(
            document: Array(text.utf8), title: title, source: "\(title).yaml", origin: .host, catalog: testCatalog())
    }
}

/// Opens the tenants of files, without a database.
private struct FileSource: TenantSource {
    let files: TenantFilesInForce
    let opener: TenantOpener

    func record(_ name: TenantName) async throws -> TenantRecord? { nil }

    func open(_ record: TenantRecord, replacing served: Tenant?) async throws -> Tenant? {
        guard let plan = files.plan(of: record.slug) else { return nil }
        return try await opener.open(
            plan, id: record.id, isSuspended: record.state == .suspended, replacing: served)
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
