internal import Foundation

/// PostgreSQL's own programs, run as the user who may run a server.
struct ServerPrograms: Sendable {
    let folder: String
    let user: SystemUser?

    /// - Throws: ``PostgresStartError`` where PostgreSQL 15 or later is not installed.
    static func find(for user: SystemUser?) throws(PostgresStartError) -> ServerPrograms {
        let folder = packagedFolder() ?? configuredFolder()
        guard let folder else {
            throw PostgresStartError(
                problem: "there is no database URL, and no PostgreSQL 15 or later on this host to run one",
                remedy: "give --database-url, or install PostgreSQL: apt install postgresql"
            )
        }
        return ServerPrograms(folder: folder, user: user)
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

    /// Debian's layout: the highest version wins.
    private static func packagedFolder() -> String? {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap(Int.init)
        return versions.sorted(by: >).filter { $0 >= 15 }.map { "\(root)/\($0)/bin" }.first { isComplete($0) }
    }

    private static func configuredFolder() -> String? {
        guard let output = try? ChildProgram.run(["/usr/bin/env", "pg_config", "--bindir"]), output.isSuccess else {
            return nil
        }
        let folder = output.text.trimmingCharacters(in: .whitespacesAndNewlines)
        return isComplete(folder) ? folder : nil
    }

    private static func isComplete(_ folder: String) -> Bool {
        ["initdb", "pg_ctl", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }
}
