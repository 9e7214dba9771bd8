import Glibc
import Logging

/// How many files and connections the process may have open.
enum OpenFilesLimit {
    /// Beyond this a leak, not a load, would be what needs more.
    private static let most: rlim_t = 65_536

    /// Raises the limit as far as the system allows. The usual one, 1024, is used up by a thousand tenants that each
    /// have a connection to their vault, before the first client comes.
    static func raise(logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let raised = raised(soft: limit.rlim_cur, hard: limit.rlim_max)
        guard raised != limit.rlim_cur else { return }
        limit.rlim_cur = raised
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        logger.debug("may have more files open", metadata: ["limit": "\(raised)"])
    }

    /// The limit to ask for; never less than there is.
    static func raised(soft: rlim_t, hard: rlim_t) -> rlim_t {
        max(soft, min(hard, most))
    }
}
