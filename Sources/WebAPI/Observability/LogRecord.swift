import Foundation
import Logging

/// One record of the log on its way to being written: its time, and its metadata made flat and complete.
struct LogRecord {
    let time: Date
    let event: LogEvent
    /// By key; dots join the keys of dictionaries within dictionaries.
    let metadata: [(key: String, value: String)]

    init(_ event: LogEvent, metadata: Logger.Metadata, provider: Logger.MetadataProvider?, time: Date) {
        self.time = time
        self.event = event
        let merged =
            metadata
            .merging(provider?.get() ?? [:]) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
            .merging(event.error.map { ["error": "\($0)"] } ?? [:]) { $1 }
        self.metadata = Self.flat(merged, under: "").sorted { $0.key < $1.key }
    }

    private static func flat(_ metadata: Logger.Metadata, under prefix: String) -> [(key: String, value: String)] {
        metadata.flatMap { key, value in
            if case .dictionary(let inner) = value { return flat(inner, under: "\(prefix)\(key).") }
            return [("\(prefix)\(key)", "\(value)")]
        }
    }
}
