import PluginKit
import Testing

@testable import PostgresStore

/// A cluster of its own in which a role's password changes, and what is seen of it.
struct Rotation: Sendable {
    let cluster: TestCluster
    let role: String
    let log = RecordedLog()

    static func run(role: String = "gatehouse_app", _ body: (Rotation) async throws -> Void) async throws {
        let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
        do {
            try await cluster.database.prepare()
            try await body(Rotation(cluster: cluster, role: role))
        } catch {
            try await cluster.remove()
            throw error
        }
        try await cluster.remove()
    }

    /// The role's connection string as the cluster was made with it.
    var original: SecretText { role == "gatehouse_app" ? cluster.database.app : cluster.database.platform }

    /// The role's connection string with another password.
    func url(_ password: String) -> SecretText {
        original.withExposed { text in
            SecretText("postgresql://\(role):\(password)\(text.drop { $0 != "@" })")
        }
    }

    func start(
        _ connection: SecretText? = nil, previous: SecretText? = nil,
        signer: any TenantContextSigner = TestSigner.current
    ) async throws -> PostgresStore {
        let settings = PostgresSettings(connection: connection ?? original, previousConnection: previous)
        let store = PostgresStore(settings: settings, signer: signer, logger: log.logger)
        try await store.start()
        // The ping has needed one connection only.
        try await until { try await backends().count == 6 }
        return store
    }

    /// Gives the role another password, in the database and to the store.
    func rotate(_ store: PostgresStore, to password: String, _ order: DatabaseTests.RotationTests.Order) async throws {
        if order == .databaseFirst { try await alterRole(password) }
        store.useConnection(url(password), previous: original)
        if order == .secretFirst {
            try await until { log.count(of: "does not work") == 1 }
            try await alterRole(password)
        }
    }

    func alterRole(_ password: String) async throws {
        try await cluster.admin("ALTER ROLE \(role) PASSWORD '\(password)'")
    }

    /// The server's processes that serve the role.
    func backends() async throws -> Set<Int64> {
        let rows = try await cluster.rows(
            of: "SELECT pid, usename::text FROM pg_stat_activity WHERE application_name = 'gatehouse'")
        return Set(
            rows.filter { $0[1] == .text(role) }.compactMap { row in
                if case .int(let process?) = row[0] { process } else { nil }
            })
    }

    /// Whether as many others serve the role now as did then.
    func areReplaced(_ before: Set<Int64>) async throws -> Bool {
        let now = try await backends()
        return now.count == before.count && now.isDisjoint(with: before)
    }

    /// Lets the server end every connection of the role.
    func loseConnections() async throws {
        try await cluster.admin(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(role)'")
    }

    /// Both kinds of connections must serve.
    func expectService(_ store: PostgresStore) async throws {
        try await store.ping()
        try await store.database(of: .fresh()).transaction { _ in }
    }

    /// Neither these passwords nor the first one may stand in the log.
    func expectSilence(about passwords: [String]) {
        let first = original.withExposed { String($0.drop { $0 != "@" }) }
        let original = original.withExposed { $0.dropFirst("postgresql://\(role):".count).dropLast(first.count) }
        #expect(original.count == 64)
        for password in passwords + [String(original)] { #expect(log.count(of: password) == 0) }
    }
}
