internal import Foundation

/// Where everything of an embedded cluster lies.
struct ClusterFolder: Sendable {
    let path: String

    /// PostgreSQL's own data folder.
    var data: String { path + "/cluster" }
    /// Where `initdb` works, so that one that was interrupted leaves no half of a cluster.
    var unfinishedData: String { path + "/cluster.new" }
    var passwordFile: String { path + "/passwords" }
    /// What the server says before it writes its own log, which is in `log` within ``data``.
    var startLog: String { data + "/start.log" }

    /// The major version of PostgreSQL that made the cluster; `nil` where there is none yet.
    var version: Int? {
        let text = try? String(contentsOfFile: data + "/PG_VERSION", encoding: .utf8)
        return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private var lockFile: String { path + "/lock" }
    private var socketRecord: String { path + "/socket" }

    /// Makes the folder and locks it.
    ///
    /// - Throws: ``PostgresStartError``.
    func prepare() throws -> ClusterLock {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw PostgresStartError.unwritable(path)
        }
        // The server's user goes through it to what belongs to him, and sees nothing else.
        chmod(path, geteuid() == 0 ? 0o711 : 0o700)
        return try ClusterLock(file: lockFile, folder: path)
    }

    /// A folder that only `user` may enter, made or put right.
    func makePrivate(_ folder: String, for user: SystemUser?) throws(PostgresStartError) {
        mkdir(folder, 0o700)
        try handOver(folder, to: user)
        guard chmod(folder, 0o700) == 0 else { throw .unwritable(folder) }
    }

    func handOver(_ file: String, to user: SystemUser?) throws(PostgresStartError) {
        guard let user else { return }
        guard lchown(file, user.userID, user.groupID) == 0 else { throw .unwritable(file) }
    }

    // MARK: The socket

    /// A folder for the socket that only the server's user may enter, with a path that a socket's address can hold.
    func socketFolder(for user: SystemUser?) throws(PostgresStartError) -> String {
        let own = path + "/run"
        let folder = Self.fits(own) ? own : try shortSocketFolder(for: user)
        try makePrivate(folder, for: user)
        return folder
    }

    private func shortSocketFolder(for user: SystemUser?) throws(PostgresStartError) -> String {
        if let folder = recordedSocketFolder(for: user) { return folder }
        return try newSocketFolder()
    }

    /// Linux's `sun_path` holds 108 bytes, the final zero included.
    private static func fits(_ folder: String) -> Bool { (folder + "/.s.PGSQL.5432").utf8.count <= 107 }

    /// The short folder of an earlier start, if nobody has put something else in its place.
    private func recordedSocketFolder(for user: SystemUser?) -> String? {
        guard let folder = try? String(contentsOfFile: socketRecord, encoding: .utf8) else { return nil }
        var facts = stat()
        guard lstat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_mode & 0o077 == 0 else {
            return nil
        }
        return facts.st_uid == user?.userID ?? geteuid() ? folder : nil
    }

    private func newSocketFolder() throws(PostgresStartError) -> String {
        var template = Array("/tmp/gatehouse-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .unwritable("/tmp") }
        let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard (try? folder.write(toFile: socketRecord, atomically: true, encoding: .utf8)) != nil else {
            throw .unwritable(path)
        }
        return folder
    }
}

extension PostgresStartError {
    static func unwritable(_ path: String) -> PostgresStartError {
        PostgresStartError(
            problem: "\(path) cannot be written",
            remedy: "give the user who runs gatehouse the right to write there, or name another folder with --data"
        )
    }
}
