import Logging
import NIOCore
import NIOPosix

/// Runs the tasks of Swift's concurrency on the threads that serve the connections, so that a request changes its thread
/// only where it waits for the database or for a hash.
///
/// A task's thread must not be blocked: the database and hashing have threads of their own, and what remains is a line of
/// the log and now and then a small file. Where the Swift runtime does not allow it, tasks run on threads of their own, at
/// more switches between threads.
enum EventLoopTasks {
    /// To be called once, before anything is served.
    static func install(logger: Logger) {
        let isInstalled = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        if !isInstalled { logger.debug("tasks run on threads of their own") }
    }
}
