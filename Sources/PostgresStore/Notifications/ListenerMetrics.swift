internal import Metrics

/// What a listener tells about itself, under `gatehouse_notifications_…`.
struct ListenerMetrics: Sendable {
    private let hearing = Gauge(label: "gatehouse_notifications_hearing")
    private let reconnects = Counter(label: "gatehouse_notifications_reconnects_total")
    private let received: [NotificationChannel: Counter]

    init(channels: [NotificationChannel]) {
        received = Dictionary(
            channels.map { channel in
                let labels = [("channel", channel.name)]
                return (channel, Counter(label: "gatehouse_notifications_received_total", dimensions: labels))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Records 1 while the listener hears, and 0 while it does not.
    func record(isHearing: Bool) { hearing.record(isHearing ? 1 : 0) }

    /// A connection was lost, or given up.
    func countReconnect() { reconnects.increment() }

    func countReceived(on channel: NotificationChannel) { received[channel]?.increment() }
}
