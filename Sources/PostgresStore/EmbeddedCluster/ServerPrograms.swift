internal import Foundation

/// PostgreSQL's own programs, run as the user who may run a server.
struct ServerPrograms: Sendable {
    let folder: String
    let user: SystemUser?

    /// The programs for a cluster.
    ///
    /// - Parameter version: the major version that made the cluster, which alone can read it; `nil` for a new one, which
    ///   the highest makes.
    /// - Throws: ``PostgresStartError`` where that version, or for a new cluster any from 15 on, is not installed.
    static func find(for user: SystemUser?, version: Int? = nil) throws(PostgresStartError) -> ServerPrograms {
        guard let version else {
            guard let folder = packagedFolders().first ?? configuredFolder() else {
                throw PostgresStartError(
                    problem: "there is no database URL, and no PostgreSQL 15 or later on this host to run one",
                    remedy: "give --database-url, or install PostgreSQL: apt install postgresql"
                )
            }
            return ServerPrograms(folder: folder, user: user)
        }
        let made = packagedFolders(ofVersion: version).first ?? configuredFolder(ofVersion: version)
        guard let made else {
            throw PostgresStartError(
                problem:
                    "the embedded database was made by PostgreSQL \(version), which alone can read it and is not installed",
                remedy: "install it again, beside a newer one or not: apt install postgresql-\(version)"
            )
        }
        return ServerPrograms(folder: made, user: user)
    }

    /// Runs one of the programs and waits for it.
    func run(_ program: String, _ arguments: [String]) throws(PostgresStartError) -> ChildProgram.Output {
        try ChildProgram.run(asUser(["\(folder)/\(program)"] + arguments))
    }

    /// Whether the server's user may enter a folder.
    func canEnter(_ path: String) throws(PostgresStartError) -> Bool {
        try ChildProgram.run(asUser(["/usr/bin/test", "-x", path])).isSuccess
    }

    /// The command for the server's user, from a folder that he may enter.
    private func asUser(_ command: [String]) -> [String] {
        let anywhere = ["/usr/bin/env", "-C", "/"]
        guard let user else { return anywhere + command }
        let asUser = ["setpriv", "--reuid=\(user.userID)", "--regid=\(user.groupID)", "--init-groups", "--"]
        return anywhere + asUser + command
    }

    /// Debian's layout; the highest version first.
    private static func packagedFolders(ofVersion version: Int? = nil) -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap(Int.init)
        let fit = versions.filter { found in version.map { found == $0 } ?? (found >= 15) }
        return fit.sorted(by: >).map { "\(root)/\($0)/bin" }.filter(isComplete)
    }

    /// What `pg_config` names, which elsewhere than on Debian is the one that is installed.
    private static func configuredFolder(ofVersion version: Int? = nil) -> String? {
        guard let folder = configured("--bindir"), isComplete(folder) else { return nil }
        // "PostgreSQL 17.2"
        let major = configured("--version")?.split(separator: " ").last?.split(separator: ".").first.flatMap { Int($0) }
        guard let major, version.map({ $0 == major }) ?? (major >= 15) else { return nil }
        return folder
    }

    private static func configured(_ option: String) -> String? {
        guard let output = try? ChildProgram.run(["/usr/bin/env", "pg_config", option]), output.isSuccess else {
            return nil
        }
        return output.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func isComplete(_ folder: String) -> Bool {
        ["initdb", "pg_ctl", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }
}
