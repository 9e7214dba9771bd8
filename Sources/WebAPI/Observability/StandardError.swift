import Foundation
import Synchronization

/// The process's standard error stream, line by line.
package final class StandardError: Sendable {
    // Held while a line is written, so that lines of several threads do not mix.
    private let handle = Mutex(FileHandle.standardError)

    package init() {}

    package func write(_ line: String) {
        // A log that cannot be written must not end the program.
        handle.withLock { try? $0.write(contentsOf: Data((line + "\n").utf8)) }
    }
}

/// Takes whole lines of the log, without the line break, from any thread.
package typealias LogSink = @Sendable (String) -> Void
