public import Logging
private import Synchronization

/// Keeps what is logged, so that a test can look for what must be there and for what must not.
public final class CapturedLog: Sendable {
    private let kept = Mutex<[String]>([])

    public init() {}

    /// One line per event: the level, the message and the metadata in the order of their keys.
    public var lines: [String] { kept.withLock { $0 } }

    /// A logger that writes here, from the level `trace` on.
    public var logger: Logger {
        Logger(label: "testing") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            log.kept.withLock { $0.append("\(event.level) \(event.message)\(pairs)") }
        }
    }
}
