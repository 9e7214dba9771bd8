internal import Foundation
internal import Logging
internal import PluginKit

/// The server of an embedded cluster: makes its data folder, starts and stops it. Blocks the thread that uses it.
struct ClusterServer: Sendable {
    let folder: ClusterFolder
    private let programs: ServerPrograms
    private let logger: Logger

    init(folder: ClusterFolder, logger: Logger) throws {
        self.folder = folder
        self.logger = logger
        programs = try ServerPrograms.find(for: try SystemUser.forServer(), version: folder.version)
    }

    /// Makes sure that the server runs and has its database and roles.
    func start(passwords: ClusterPasswords) throws {
        try checkParents()
        if !FileManager.default.fileExists(atPath: folder.data) { try create(passwords: passwords) }
        let setup = ClusterSetup(server: self, passwords: passwords)
        if folder.isServerAlive {
            logger.info("taking over the embedded database that runs already")
            do {
                return try setup.run()
            } catch {
                // It may have been dying when it was looked at.
                guard !folder.isServerAlive else { throw error }
            }
        }
        try launch()
        try setup.run()
    }

    func stop() throws {
        let output = try programs.run("pg_ctl", ["-D", folder.data, "-m", "fast", "-w", "-t", "60", "-s", "stop"])
        guard output.isSuccess else { throw failure("does not stop", output) }
    }

    /// Starts the server and waits until it takes connections. `pg_ctl` gives it a session of its own, so that an
    /// interrupt at the terminal reaches the program only, which then stops the server in order.
    func launch() throws {
        try writeSettings()
        folder.removeStaleRecord()
        let end = ContinuousClock.now + .seconds(10)
        while true {
            unlink(folder.startLog)
            let arguments = ["-D", folder.data, "-w", "-t", "60", "-s", "-l", folder.startLog, "start"]
            let output = try programs.run("pg_ctl", arguments)
            // Somebody else may have started it meanwhile.
            if output.isSuccess || folder.isServerAlive { return }
            // What is left of a server that was killed may hold its memory for a moment.
            guard ContinuousClock.now < end else { throw failure("does not start", output) }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// The roles' URLs.
    func connections(passwords: ClusterPasswords) throws -> EmbeddedCluster.Connections {
        EmbeddedCluster.Connections(
            app: try url(of: "gatehouse_app", passwords: passwords),
            platform: try url(of: "gatehouse_platform", passwords: passwords),
            maintenance: try url(of: "gatehouse_maintenance", passwords: passwords),
            migrator: try url(of: "gatehouse_migrator", passwords: passwords),
            administrator: try url(of: "postgres", passwords: passwords)
        )
    }

    func url(of role: String, database: String = "gatehouse", passwords: ClusterPasswords) throws -> SecretText {
        let socket = try folder.socketFolderInUse ?? folder.socketFolder(for: programs.user)
        let host = socket.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return passwords.withPassword(of: role) {
            SecretText("postgresql://\(role):\($0)@/\(database)?host=\(host)&port=5432")
        }
    }

    private func checkParents() throws {
        guard try !programs.canEnter(folder.path) else { return }
        var path = ""
        for name in folder.path.split(separator: "/") {
            path += "/\(name)"
            guard try programs.canEnter(path) else { break }
        }
        let user = programs.user?.name ?? "this user"
        throw PostgresStartError(
            problem: "the embedded database runs as \(user), who may not enter \(path)",
            remedy: "chmod o+x \(path), or name another folder with --data, or run gatehouse as an ordinary user"
        )
    }

    private func create(passwords: ClusterPasswords) throws {
        logger.info("making a database of Gatehouse's own", metadata: ["folder": "\(folder.path)"])
        try? FileManager.default.removeItem(atPath: folder.unfinishedData)
        try folder.makePrivate(folder.unfinishedData, for: programs.user)
        // In the socket's folder, which nobody but the server's user may enter.
        let passwordFile = try folder.socketFolder(for: programs.user) + "/initial-password"
        defer { unlink(passwordFile) }
        try write(passwords.withPassword(of: "postgres") { $0 }, to: passwordFile)
        let output = try programs.run(
            "initdb",
            [
                "-D", folder.unfinishedData, "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8",
                "--auth=scram-sha-256", "--pwfile=\(passwordFile)", "--data-checksums",
            ])
        guard output.isSuccess else { throw failure("cannot be made", output) }
        let settings = folder.unfinishedData + "/postgresql.conf"
        let defaults = try String(contentsOfFile: settings, encoding: .utf8)
        try write(defaults + "\ninclude = 'gatehouse.conf'\n", to: settings)
        guard rename(folder.unfinishedData, folder.data) == 0 else { throw PostgresStartError.unwritable(folder.path) }
    }

    private func writeSettings() throws {
        let socket = try folder.socketFolder(for: programs.user)
        try write(ClusterSettings.text(socketFolder: socket), to: folder.data + "/gatehouse.conf")
    }

    private func write(_ text: String, to file: String) throws {
        unlink(file)
        let isWritten = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard isWritten else { throw PostgresStartError.unwritable(file) }
        try folder.handOver(file, to: programs.user)
    }

    private func failure(_ what: String, _ output: ChildProgram.Output) -> PostgresStartError {
        let log = (try? String(contentsOfFile: folder.startLog, encoding: .utf8)) ?? ""
        let lines = (output.text + log).split(separator: "\n").suffix(4).joined(separator: "; ")
        return PostgresStartError(
            problem: "the embedded database \(what): \(lines)",
            remedy: "see \(folder.data)/log, or give --database-url"
        )
    }
}
