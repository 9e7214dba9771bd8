package import Foundation
package import Logging

/// Writes each log record as one line for a person at a terminal: `2026-01-31T09:05:00.250Z info ready port="8080"`.
package struct TextLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let now: @Sendable () -> Date
    private let sink: LogSink

    package init(
        level: Logger.Level, metadataProvider: Logger.MetadataProvider? = nil,
        now: @escaping @Sendable () -> Date, sink: @escaping LogSink
    ) {
        self.logLevel = level
        self.metadataProvider = metadataProvider
        self.now = now
        self.sink = sink
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let record = LogRecord(event, metadata: metadata, provider: metadataProvider, time: now())
        let head = [RFC3339.write(record.time), event.level.rawValue, LogText.escaped("\(event.message)")]
        let tail = record.metadata.map { "\(LogText.escaped($0.key))=\(LogText.quoted($0.value))" }
        sink((head + tail).joined(separator: " "))
    }
}
