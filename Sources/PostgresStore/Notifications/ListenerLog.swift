internal import Logging
internal import PluginKit

/// Tells the operator of outages of a listener: of each kind of trouble once per outage, and of the end.
struct ListenerLog {
    private enum Trouble {
        case connection, pooler
    }

    private let logger: Logger
    private var told: Set<Trouble> = []

    init(_ logger: Logger) {
        self.logger = logger
    }

    mutating func hears() {
        logger.log(level: told.isEmpty ? .debug : .info, "hears what the database announces")
        told = []
    }

    mutating func isDeaf(because error: any Error) {
        let trouble = trouble(behind: error)
        let level: Logger.Level = told.insert(trouble).inserted ? .warning : .debug
        let hint = trouble == .pooler ? "; \(Self.remedy)" : ""
        logger.log(level: level, "does not hear what the database announces: \(error)\(hint)")
    }

    private static let remedy =
        "LISTEN needs a direct connection to the server, or a pooler in session mode: a pooler in transaction mode "
        + "swallows it without an error"

    private func trouble(behind error: any Error) -> Trouble {
        switch error {
        case let silence as ListeningSession.Silence: silence.isFromTheStart ? .pooler : .connection
        case let lost as Connection.Lost: trouble(behind: lost.reason?.sqlState ?? "")
        case DatabaseError.failed(let sqlState): trouble(behind: sqlState)
        default: .connection
        }
    }

    /// Where a pooler changes sessions behind one's back, a prepared statement is gone, or somebody else's.
    private func trouble(behind sqlState: String) -> Trouble {
        sqlState == "26000" || sqlState == "42P05" ? .pooler : .connection
    }
}
