import Foundation
import Logging
import Synchronization

@testable import WebAPI

/// Keeps the lines of the log, as the JSON handler writes them.
final class CapturedLog: Sendable {
    private let written = Mutex<[String]>([])

    var lines: [String] { written.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { label in
            JSONLogHandler(label: label, level: .info, now: { Date(timeIntervalSince1970: 0) }) { [self] line in
                written.withLock { $0.append(line) }
            }
        }
    }
}
