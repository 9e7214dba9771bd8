internal import CLibPQ

/// What the server announces to a connection, at any time and unasked.
extension Connection {
    /// The next announcement of what was read; `nil` until more is.
    func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = PQnotifies(handle) else { return nil }
        defer { PQfreemem(notification) }
        return (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
    }
}
