/// What the database announced on a channel that was listened to.
package struct PostgresNotification: Sendable, Equatable {
    package let channel: NotificationChannel
    /// At most 7999 bytes; empty where none was given. It may hold anything, so it does not belong into a log.
    package let payload: String

    package init(channel: NotificationChannel, payload: String) {
        self.channel = channel
        self.payload = payload
    }
}
