internal import Foundation

/// An account of this host.
struct SystemUser: Sendable, Equatable {
    let name: String
    let userID: uid_t
    let groupID: gid_t

    /// The account for the server. PostgreSQL refuses to run as root; `nil` where the program's own account will do.
    ///
    /// - Throws: ``PostgresStartError`` where root has no other account to hand it to.
    static func forServer() throws(PostgresStartError) -> SystemUser? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "gatehouse", "nobody"] {
            if let user = SystemUser(named: name) { return user }
        }
        throw PostgresStartError(
            problem: "PostgreSQL does not run as root, and there is no user postgres, gatehouse or nobody",
            remedy: "run gatehouse as an ordinary user, or create one: useradd --system gatehouse"
        )
    }

    private init?(named name: String) {
        guard let entry = getpwnam(name) else { return nil }
        self.name = name
        userID = entry.pointee.pw_uid
        groupID = entry.pointee.pw_gid
    }
}
