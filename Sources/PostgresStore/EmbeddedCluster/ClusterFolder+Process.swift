internal import Foundation

/// What the running or last server wrote about itself, and whether it still holds.
extension ClusterFolder {
    /// The process that wrote the record.
    var serverProcess: pid_t? { record.first.flatMap { pid_t($0) } }

    /// Where the running server listens.
    var socketFolderInUse: String? { record.count > 4 && !record[4].isEmpty ? record[4] : nil }

    /// Whether the process that wrote the record lives and is a server of this folder.
    var isServerAlive: Bool {
        guard let serverProcess, isPostgres(serverProcess) else { return false }
        var (its, ours) = (stat(), stat())
        // Root in a container may be forbidden to look; the name has to do then.
        guard stat("/proc/\(serverProcess)/cwd", &its) == 0, stat(data, &ours) == 0 else { return true }
        return its.st_dev == ours.st_dev && its.st_ino == ours.st_ino
    }

    /// Removes the record of a server that is dead, but whose process number is taken: by a process that came later, or
    /// by its own remains, where nobody has asked for its exit status. PostgreSQL would not start beside it. What may be
    /// left of the dead server's memory is found without the record.
    func removeStaleRecord() {
        guard let serverProcess, !isServerAlive, kill(serverProcess, 0) == 0 || errno == EPERM else { return }
        unlink(recordFile)
    }

    private var recordFile: String { data + "/postmaster.pid" }

    /// Process, data folder, start time, port, socket folder, and more, one to a line.
    private var record: [String] {
        let text = try? String(contentsOfFile: recordFile, encoding: .utf8)
        return (text ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func isPostgres(_ process: pid_t) -> Bool {
        // The name in parentheses, then the state; Z is a process that has ended.
        let facts = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return facts.contains("(postgres)") && !facts.contains("(postgres) Z")
    }
}
