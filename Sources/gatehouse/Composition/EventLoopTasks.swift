import Logging
import NIOCore
import NIOPosix

/// Runs the tasks of Swift's concurrency on the threads that serve the connections, so that a request changes its thread
/// only where it waits for the database or for a hash.
///
/// Nothing here blocks a task's thread, so connections are served as before. Where the Swift runtime does not allow it,
/// tasks run on threads of their own, at more switches between threads.
enum EventLoopTasks {
    /// To be called once, before anything is served.
    static func install(logger: Logger) {
        let isInstalled = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        if !isInstalled { logger.debug("tasks run on threads of their own") }
    }
}
