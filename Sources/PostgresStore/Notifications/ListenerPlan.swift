/// What a listener listens to, and whom it tells.
struct ListenerPlan: Sendable {
    let channels: [String: NotificationChannel]
    let heartbeat: Heartbeat
    let interrupted: @Sendable () -> Void
    let receive: @Sendable (PostgresNotification) -> Void
}
