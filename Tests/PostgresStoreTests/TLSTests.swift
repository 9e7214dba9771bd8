import Foundation
import PluginKit
import Testing

@testable import PostgresStore

extension DatabaseTests {
    /// TLS to a server elsewhere, as libpq does it from the URL alone.
    @Suite("TLS")
    struct TLSTests {
        @Test("verify-full takes the right name under the right authority, and nothing else")
        func verification() async throws {
            let cluster = try await TestCluster.start(in: TestCluster.temporaryDirectory())
            try await cluster.database.prepare()
            let files = try await makeCertificates(in: cluster.directory)
            let port = try await listen(cluster, files)

            let good = url(cluster, host: "localhost", port: port, authority: files.authority)
            let store = PostgresStore(
                settings: PostgresSettings(connection: good), signer: TestSigner.current, logger: .silent)
            try await store.start()
            let tenant = store.database(of: .fresh())
            try await tenant.execute(AddNote(id: 1))
            let isEncrypted = try await tenant.value("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            #expect(isEncrypted == .bool(true))
            await store.shutdown()

            let wrongName = url(cluster, host: "127.0.0.1", port: port, authority: files.authority)
            let wrongAuthority = url(cluster, host: "localhost", port: port, authority: files.otherAuthority)
            for (url, reason) in [
                (wrongName, "does not match host name"), (wrongAuthority, "certificate verify failed"),
            ] {
                let store = PostgresStore(
                    settings: PostgresSettings(connection: url), signer: TestSigner.current, logger: .silent)
                do {
                    try await store.start()
                    Issue.record("it has connected")
                } catch let error as PostgresStartError {
                    #expect(error.problem.contains(reason))
                }
                await store.shutdown()
            }
            try await cluster.remove()
        }

        private struct Files {
            let key: String
            let certificate: String
            let authority: String
            let otherAuthority: String
        }

        private func makeCertificates(in directory: String) async throws -> Files {
            let files = Files(
                key: directory + "/server.key", certificate: directory + "/server.crt",
                authority: directory + "/ca.crt",
                otherAuthority: directory + "/other.crt")
            let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
            try await openssl(
                [
                    "req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-out", files.authority, "-keyout",
                    directory + "/ca.key",
                ] + newKey)
            try await openssl(
                [
                    "req", "-x509", "-days", "2", "-subj", "/CN=Other", "-out", files.otherAuthority, "-keyout",
                    directory + "/other.key",
                ] + newKey)
            try await openssl(
                ["req", "-subj", "/CN=localhost", "-out", directory + "/server.csr", "-keyout", files.key] + newKey)
            try await openssl([
                "x509", "-req", "-days", "2", "-in", directory + "/server.csr", "-CA", files.authority, "-CAkey",
                directory + "/ca.key",
                "-CAcreateserial", "-out", files.certificate,
            ])
            let user = try SystemUser.forServer()
            for file in [files.key, files.certificate] {
                chmod(file, 0o600)
                try ClusterFolder(path: directory).handOver(file, to: user)
            }
            return files
        }

        /// Lets the server listen on a free port of this host, and gives the port.
        private func listen(_ cluster: TestCluster, _ files: Files) async throws -> Int {
            let port = Int.random(in: 40_000..<60_000)
            try await cluster.program("pg_ctl", ["-D", cluster.data, "-m", "fast", "-w", "stop"])
            let options =
                "-c listen_addresses=127.0.0.1 -c port=\(port) -c ssl=on -c ssl_key_file=\(files.key) -c ssl_cert_file=\(files.certificate)"
            let output = try await cluster.program(
                "pg_ctl", ["-D", cluster.data, "-w", "-l", cluster.folder.startLog, "-o", options, "start"])
            try #require(output.isSuccess, "\(output.text)")
            return port
        }

        private func url(_ cluster: TestCluster, host: String, port: Int, authority: String) -> SecretText {
            cluster.connections.app.withExposed { text in
                let credentials = text.prefix { $0 != "@" }
                return SecretText(
                    "\(credentials)@\(host):\(port)/gatehouse?sslmode=verify-full&sslrootcert=\(authority)")
            }
        }

        private func openssl(_ arguments: [String]) async throws {
            let output = try await BlockingThread.run { try ChildProgram.run(["/usr/bin/openssl"] + arguments) }
            try #require(output.isSuccess, "\(output.text)")
        }
    }
}
