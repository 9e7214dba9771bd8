/// What a server of Vault can be, as its clients notice it.
public enum VaultState: Sendable, Equatable {
    /// Answers everything.
    case active
    /// Answers 503 to everything but `sys/health`, `sys/seal-status`, `sys/leader` and `sys/unseal`.
    case sealed
    /// As sealed, and `sys/init` works.
    case uninitialised
    /// Sends clients on to the leader with a 307; `nil`: there is no leader, and the answer is 503.
    case standby(leader: String?)
    /// Answers for the leader, unless the client wants no forwarding; then the 307 leads to the double itself.
    case forwardingStandby
    /// Answers everything; its health says 473.
    case performanceStandby

    var isStandby: Bool {
        switch self {
        case .standby, .forwardingStandby: true
        default: false
        }
    }
}
