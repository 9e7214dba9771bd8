package import Foundation
package import Logging

/// Writes each log record as one line of JSON: `time`, `level`, `label`, `message`, then the metadata.
///
/// Control characters are escaped, so a record is one line whatever is in it. Metadata cannot take the place of the
/// four members before it.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let label: String
    private let now: @Sendable () -> Date
    private let sink: LogSink

    package init(
        label: String, level: Logger.Level, metadataProvider: Logger.MetadataProvider? = nil,
        now: @escaping @Sendable () -> Date, sink: @escaping LogSink
    ) {
        self.label = label
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
        let own = [
            ("time", RFC3339.write(record.time)), ("level", event.level.rawValue), ("label", label),
            ("message", "\(event.message)"),
        ]
        let taken = Set(own.map(\.0))
        let rest = record.metadata.map { (taken.contains($0.key) ? "metadata.\($0.key)" : $0.key, $0.value) }
        let members = (own + rest).map { "\(LogText.quoted($0)):\(LogText.quoted($1))" }
        sink("{\(members.joined(separator: ","))}")
    }
}
