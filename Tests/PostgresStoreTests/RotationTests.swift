import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// A connection string that changes while the store works.
    @Suite("Rotation of the password")
    struct RotationTests {
        enum Order: CaseIterable {
            case databaseFirst, secretFirst
        }

        @Test(
            "a password rotates under load without a failed request, whatever is changed first",
            arguments: Order.allCases)
        func underLoad(order: Order) async throws {
            try await Rotation.run { rotation in
                let tenant = TenantID.fresh()
                let store = try await rotation.start(signer: CachedSigner([tenant]))
                let before = try await rotation.backends()
                #expect(before.count == 6)
                let load = Load()
                try await load.run(on: store, of: tenant) {
                    try await rotation.rotate(store, to: "fresh-password", order)
                    try await until { try await rotation.areReplaced(before) }
                }
                #expect(load.failures == [])
                #expect(load.done > 100)
                #expect(rotation.log.count(of: "does not work") == (order == .databaseFirst ? 0 : 1))
                rotation.expectSilence(about: ["fresh-password"])
                await store.shutdown()
            }
        }

        @Test("a wrong password with a good one before it goes on working, is logged once, and works once it is right")
        func wrongPassword() async throws {
            try await Rotation.run { rotation in
                let store = try await rotation.start()
                store.useConnection(rotation.url("wrong-password"), previous: rotation.original)
                try await until { rotation.log.count(of: "does not work") == 1 }
                for _ in 0..<3 {
                    let before = try await rotation.backends()
                    try await rotation.loseConnections()
                    try await until { try await rotation.areReplaced(before) }
                    try await rotation.expectService(store)
                }
                #expect(rotation.log.count(of: "does not work") == 1)
                #expect(rotation.log.count(of: "28P01") == 1)

                let before = try await rotation.backends()
                try await rotation.alterRole("wrong-password")
                try await until { try await rotation.areReplaced(before) }
                try await rotation.expectService(store)
                #expect(rotation.log.count(of: "works now") == 1)
                rotation.expectSilence(about: ["wrong-password"])
                await store.shutdown()
            }
        }

        @Test("without a string before, or with one that cannot be read, what worked last stands in")
        func standIn() async throws {
            try await Rotation.run { rotation in
                let store = try await rotation.start()
                for (count, bad) in [rotation.url("wrong"), SecretText("postgresql://[broken")].enumerated() {
                    store.useConnection(bad, previous: nil)
                    try await until { rotation.log.count(of: "does not work") == count + 1 }
                    let before = try await rotation.backends()
                    try await rotation.loseConnections()
                    try await until { try await rotation.areReplaced(before) }
                    try await rotation.expectService(store)
                }
                await store.shutdown()
            }
        }

        @Test("a store starts with the string before where the server refuses the current one, and not with a third")
        func start() async throws {
            try await Rotation.run { rotation in
                let store = try await rotation.start(rotation.url("not-yet"), previous: rotation.original)
                try await rotation.expectService(store)
                #expect(rotation.log.count(of: "does not work") == 1)
                await store.shutdown()
                await #expect(throws: PostgresStartError.self) {
                    try await rotation.start(rotation.url("not-yet"), previous: rotation.url("no-more"))
                }
                rotation.expectSilence(about: ["not-yet", "no-more"])
            }
        }

        @Test("a database that cannot be reached is no reason to leave the one that can, nor to stay at the end")
        func unreachable() async throws {
            try await Rotation.run { rotation in
                let store = try await rotation.start()
                let before = try await rotation.backends()
                store.useConnection(SecretText("postgresql://gatehouse_app:x@/gatehouse?host=/nowhere"), previous: nil)
                try await until { rotation.log.count(of: "does not work") == 1 }
                try await rotation.expectService(store)
                #expect(try await rotation.backends() == before)
                let start = ContinuousClock.now
                await store.shutdown()
                #expect(ContinuousClock.now - start < .seconds(2))
            }
        }

        @Test("a transaction that is open ends on the connection that it began on")
        func openTransaction() async throws {
            try await Rotation.run { rotation in
                let store = try await rotation.start()
                let before = try await rotation.backends()
                let tenant = store.database(of: .fresh())
                let processes = try await tenant.transaction { transaction in
                    let first = try await transaction.backend()
                    try await rotation.rotate(store, to: "fresh-password", .databaseFirst)
                    try await until { try await !before.isSubset(of: rotation.backends()) }
                    return [first, try await transaction.backend()]
                }
                #expect(processes[0] == processes[1])
                try await until { try await rotation.areReplaced(before) }
                await store.shutdown()
            }
        }

        @Test("the platform's store takes another password as well")
        func platform() async throws {
            try await Rotation.run(role: "gatehouse_platform") { rotation in
                let store = PostgresPlatformStore(
                    settings: PostgresSettings(connection: rotation.original), logger: rotation.log.logger)
                try await store.start()
                let before = try await rotation.backends()
                try await rotation.alterRole("fresh-password")
                store.useConnection(rotation.url("fresh-password"), previous: rotation.original)
                try await until { try await rotation.areReplaced(before) }
                try await store.ping()
                await store.shutdown()
            }
        }
    }
}

@Suite("Addresses of the database")
struct ConnectionAddressTests {
    private let address = ConnectionAddress(PostgresSettings(connection: SecretText("host=a")))

    @Test("the string that is in use already is no change")
    func sameString() {
        #expect(!address.change(to: SecretText("host=a"), previous: nil))
        #expect(address.choice.generation == 1)
        #expect(address.change(to: SecretText("host=b"), previous: nil))
        #expect(address.choice.generation == 2)
    }

    @Test("a refusal is news once for each string, and so is the end of it")
    func news() {
        let first = address.choice
        #expect(!address.noteAcceptance(of: first))
        #expect(address.noteRefusal(of: first, accepting: nil))
        #expect(!address.noteRefusal(of: first, accepting: nil))
        #expect(address.noteAcceptance(of: first))
        #expect(!address.noteAcceptance(of: first))
        #expect(address.change(to: SecretText("host=b"), previous: nil))
        #expect(!address.noteRefusal(of: first, accepting: nil))
        #expect(address.noteRefusal(of: address.choice, accepting: nil))
    }

    @Test("refused credentials are told from everything else by their SQLSTATE")
    func refusals() {
        let head = "connection to server on socket \"/run/.s.PGSQL.5432\" failed: "
        for state in ["28P01", "28000"] {
            let refusal = ConnectionRefusal(
                "\(head)FATAL:  \(state): password authentication failed\nLOCATION:  auth_failed, auth.c:326\n")
            #expect(refusal.isAboutCredentials)
            #expect(refusal.message == "\(head)FATAL:  \(state): password authentication failed")
        }
        for text in [
            "FATAL:  3D000: database \"28P01\" does not exist", "Connection refused", "FATAL:  53300: full", "",
        ] {
            #expect(!ConnectionRefusal(head + text).isAboutCredentials)
        }
    }
}

extension TenantTransaction {
    /// The server's process at the other end.
    fileprivate func backend() async throws -> Int64? {
        let result = try await run([BoundStatement(sql: "SELECT pg_backend_pid()", parameters: [])])
        guard case .int(let process)? = result[0].rows.first?.first else { return nil }
        return process
    }
}
