import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// The cluster for hosts where nobody gives a database URL.
    @Suite("Embedded cluster")
    struct EmbeddedClusterTests {
        @Test("what is stopped in order starts again with everything in it")
        func restart() async throws {
            let directory = TestCluster.temporaryDirectory()
            let first = try await TestCluster.start(in: directory)
            try await first.database.prepare()
            let tenant = TenantID.fresh()
            try await first.database.withStore { _ = try await $0.database(of: tenant).execute(AddNote(id: 1)) }
            await first.cluster.stop()
            #expect(!first.folder.isServerAlive)

            let second = try await TestCluster.start(in: directory)
            let found = try await second.database.withStore {
                try await $0.database(of: tenant).rows(ListNotes(ids: 1...9))
            }
            #expect(found == ["text"])
            try await second.remove()
        }

        @Test("a second program on the same folder is told who has it")
        func secondProgram() async throws {
            let cluster = try TestCluster.current
            let second = EmbeddedCluster(directory: cluster.directory, logger: .silent)
            do {
                _ = try await second.start()
                Issue.record("both have started")
            } catch let error as PostgresStartError {
                #expect(error.problem.contains("another gatehouse (pid \(getpid())) is using \(cluster.directory)"))
            }
            // Stopping what was never started leaves the first alone.
            await second.stop()
            try await cluster.database.withStore { try await $0.ping() }
        }

        @Test("a cluster that another version made is left alone, and which one is said")
        func otherVersion() async throws {
            let directory = TestCluster.temporaryDirectory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let data = directory + "/cluster"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try "9\n".write(toFile: data + "/PG_VERSION", atomically: true, encoding: .utf8)
            let cluster = EmbeddedCluster(directory: directory, logger: .silent)
            let error = await #expect(throws: PostgresStartError.self) { _ = try await cluster.start() }
            #expect(error?.problem.contains("was made by PostgreSQL 9,") == true)
            #expect(error?.remedy.contains("apt install postgresql-9") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: data) == ["PG_VERSION"])
        }

        @Test("a server that runs on after its program was killed is taken over")
        func adoption() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            let process = cluster.folder.serverProcess
            await cluster.cluster.abandon()
            let heir = try await TestCluster.start(in: cluster.directory)
            #expect(heir.folder.serverProcess == process)
            try await heir.database.prepare()
            try await heir.database.withStore { try await $0.ping() }
            try await heir.remove()
        }

        @Test("a server that was killed while its program was away starts again")
        func staleRecord() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            await cluster.cluster.abandon()
            kill(try #require(cluster.folder.serverProcess), SIGKILL)
            let heir = try await TestCluster.start(in: cluster.directory)
            try await heir.database.prepare()
            try await heir.database.withStore { try await $0.ping() }
            try await heir.remove()
        }

        @Test("a server that is killed is started again")
        func keptRunning() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            try await cluster.database.prepare()
            try await cluster.database.withStore { store in
                kill(try #require(cluster.folder.serverProcess), SIGKILL)
                let end = ContinuousClock.now + .seconds(20)
                try await Task.sleep(for: .milliseconds(200))
                while (try? await store.ping()) == nil {
                    try #require(ContinuousClock.now < end)
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            try await cluster.remove()
        }

        @Test("a folder whose path is too long for a socket works all the same")
        func longPath() async throws {
            let root = TestCluster.temporaryDirectory()
            let directory = root + "/" + String(repeating: "long", count: 30)
            let cluster = try await TestCluster.start(in: directory)
            let socket = try #require(cluster.folder.socketFolderInUse)
            #expect(!socket.hasPrefix(directory))
            try await cluster.database.prepare()
            await cluster.cluster.stop()
            let again = try await TestCluster.start(in: directory)
            #expect(again.folder.socketFolderInUse == socket)
            try await again.database.withStore { try await $0.ping() }
            try await again.remove()
            try FileManager.default.removeItem(atPath: root)
            try? FileManager.default.removeItem(atPath: socket)
        }

        @Test("a folder above that the server's user may not enter is named", .enabled(if: geteuid() == 0))
        func closedParent() async throws {
            let root = TestCluster.temporaryDirectory()
            try FileManager.default.createDirectory(
                atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            do {
                _ = try await TestCluster.start(in: root + "/data/postgres")
                Issue.record("it has started")
            } catch let error as PostgresStartError {
                #expect(error.problem.contains("may not enter \(root)"))
                #expect(error.remedy.contains("chmod o+x \(root)"))
            }
            try FileManager.default.removeItem(atPath: root)
        }

        @Test("it listens on its socket only, keeps checksums, and lets nobody read its files")
        func shape() async throws {
            let cluster = try TestCluster.current
            let settings = try await cluster.rows(
                of: """
                    SELECT current_setting('listen_addresses'), current_setting('data_checksums'), current_setting('server_encoding'),
                           current_setting('password_encryption'), current_setting('unix_socket_permissions')
                    """)
            #expect(settings == [[.text(""), .text("on"), .text("UTF8"), .text("scram-sha-256"), .text("0700")]])
            for (file, permissions) in [
                (cluster.folder.passwordFile, 0o600), (cluster.data, 0o700), (cluster.directory + "/run", 0o700),
            ] {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                #expect(attributes[.posixPermissions] as? Int == permissions, "\(file)")
            }
        }

        @Test("the server does not share its program's terminal, so an interrupt there reaches the program only")
        func ownSession() async throws {
            let process = try #require(try TestCluster.current.folder.serverProcess)
            #expect(getsid(process) != getsid(0))
            #expect(getpgid(process) != getpgid(0))
        }

        @Test("its URLs are such as psql takes")
        func urls() async throws {
            let cluster = try TestCluster.current
            let url = cluster.database.app.withExposed { $0 }
            let output = try await cluster.program("psql", [url, "-XAtc", "SELECT current_user"])
            #expect(output.text == "gatehouse_app\n")
        }

        @Test("a password file that is damaged stops the start before anything else")
        func damagedPasswords() async throws {
            let directory = TestCluster.temporaryDirectory()
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try "gatehouse_app secret\n".write(toFile: directory + "/passwords", atomically: true, encoding: .utf8)
            do {
                _ = try await TestCluster.start(in: directory)
                Issue.record("it has started")
            } catch let error as PostgresStartError {
                #expect(error.problem.contains("\(directory)/passwords"))
                #expect(!"\(error)".contains("secret"))
            }
            try FileManager.default.removeItem(atPath: directory)
        }
    }
}
