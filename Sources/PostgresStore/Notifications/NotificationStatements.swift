internal import PluginKit

/// The statements of a listener. LISTEN itself, which takes no parameters, is ``Connection``'s.
enum NotificationStatements {
    static let all: [any Statement.Type] = [StayIdle.self, AnnounceHeartbeat.self]
}

/// Lets a session stand idle for as long as it likes: one that listens says nothing.
struct StayIdle: Statement {
    static let sql: SQL = "SELECT set_config('idle_session_timeout', '0', false)"
    var parameters: [SQLValue] { [] }
}

/// Announces to a listener what it must hear.
struct AnnounceHeartbeat: Statement {
    static let sql: SQL = "SELECT pg_notify($1, $2)"
    let channel: NotificationChannel
    let number: Int
    var parameters: [SQLValue] { [.text(channel.name), .text("\(number)")] }
}
