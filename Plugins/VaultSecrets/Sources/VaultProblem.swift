/// Why Vault did not give what was asked for, told apart by what mends it.
///
/// Holds only words of this file, numbers, and texts that carry no secret: never an answer of the other side, which
/// could repeat a token, and never a URL.
enum VaultProblem: Error, Sendable, Equatable {
    // The way to the server.
    case unreachable(Reason)
    case tls(TLSFault)
    case timedOut
    /// The connection ended before the answer did; the request may have been carried out.
    case cut
    case answerTooLarge
    /// The client rests after failures in a row; `last` is what it saw.
    indirect case resting(last: VaultProblem)
    case closed
    case cancelled

    // The state of the server.
    case notVault(status: Int)
    case standby
    case sealed
    case uninitialised
    case noLeader
    case unavailable(status: Int)
    case rateLimited(retryAfter: Duration?)
    case upgrading

    // The answer.
    case forbidden
    case refused(status: Int)
    case noMount
    case wrongEngineVersion(expected: KVVersion)
    case noPath
    case noField
    case deleted(version: Int)
    case destroyed(version: Int)
    case notText

    // Logging in.
    case loginRefused
    case noLoginMount
    case wrappingRefused
    case wrappedElsewhere
    case credential(String)

    /// Why no connection came about.
    enum Reason: Sendable, Equatable {
        case connectionRefused
        case unknownHost
        case noRoute
        case slow
    }

    /// What kept two sides from trusting each other.
    enum TLSFault: Sendable, Equatable {
        case untrustedCertificate
        case wrongName
        case handshake
    }
}

extension VaultProblem {
    /// Whether the same request may succeed in a moment.
    var isPassing: Bool {
        switch self {
        case .unreachable, .cut, .sealed, .noLeader, .unavailable, .rateLimited, .upgrading: true
        case .tls(let fault): fault == .handshake
        default: false
        }
    }

    /// Whether it is certain that the request was not carried out.
    var saysNothingWasDone: Bool {
        switch self {
        case .unreachable, .tls, .sealed, .uninitialised, .noLeader, .rateLimited, .upgrading: true
        case .unavailable(let status): [412, 472, 473].contains(status)
        default: false
        }
    }

    /// Whether it says that Vault as a whole cannot be used now, rather than that it answered with a no.
    var meansDown: Bool {
        switch self {
        case .unreachable, .tls, .timedOut, .cut, .notVault, .standby, .sealed, .uninitialised, .noLeader, .unavailable,
            .resting:
            true
        default: false
        }
    }
}
