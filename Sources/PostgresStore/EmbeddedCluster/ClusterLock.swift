internal import Foundation

/// Keeps a second program away from a cluster's folder, for as long as this process lives or until it is released.
final class ClusterLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``PostgresStartError`` that names the process which holds the lock.
    init(file: String, folder: String) throws(PostgresStartError) {
        // Not inherited: the server outlives this program, and must not hold its lock.
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unwritable(folder) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            close(descriptor)
            throw PostgresStartError(
                problem: "another gatehouse (pid \(holder)) is using \(folder)",
                remedy: "stop it, or give this one a --data folder of its own"
            )
        }
        let pid = Array("\(getpid())".utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, pid, pid.count, 0)
    }

    func release() {
        close(descriptor)
    }
}
