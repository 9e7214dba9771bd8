import Cryptography
import Foundation
import Metrics
import PluginKit

/// Counts attempts to prove something, before they are made.
///
/// An attempt is reserved in a statement of its own that commits at once, so neither parallel guesses nor a roll-back
/// can cheat the count: it counts as failed until it succeeds. Failures in a row are counted for a person and a network
/// together, so that a stranger slows only himself, each waiting longer than the one before; and for a person as a
/// whole, where ``mostFailures`` stop everybody but the devices that he is known by. Passwords and codes are counted
/// apart, and beginning anew refills nothing. Beside that, a network may try only so often, whomever it tries; what it is
/// refused for that alone is nobody's failure.
struct Attempts: Sendable {
    /// Failures in a row after which nothing is tried any more (NIST SP 800-63B-4, 3.2.2).
    static let mostFailures = 100
    /// The wait after the first failure that has one; it doubles with each further one.
    static let firstWaitSeconds = 30
    static let longestWaitSeconds = 3600

    enum Reservation: Sendable, Equatable {
        case granted
        case limited(retryAfterSeconds: Int)
    }

    private let tenant: Tenant
    private let cells: TenantCells
    private let now: @Sendable () -> Date

    init(tenant: Tenant, cells: TenantCells, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.cells = cells
        self.now = now
    }

    /// Reserves one attempt, unless there were too many.
    func reserve(_ guess: Guess) async throws -> Reservation {
        // A known device is nobody's stranger, whatever its network is up to.
        let bucket = guess.device == nil ? try bucket(of: guess.origin) : nil
        let failure = try ReserveFailure(
            key: key(of: guess), bucket: bucket, isCountedTogether: guess.subject.isSomebody,
            isKnownDevice: guess.device != nil, freeFailures: tenant.policy.failuresBeforeDelay, at: now())
        guard let reserved = try await tenant.database.first(failure) else { throw DatabaseError.unavailable }
        if let bucket, !reserved.mayNetworkTry { return limited(after: bucket.intervalSeconds, guess) }
        guard reserved.isGranted else { return limited(after: reserved.wait(at: now()), guess) }
        return .granted
    }

    /// Reserves one attempt of a network at something that proves nothing, and so neither fails nor succeeds.
    func reserve(from origin: RequestOrigin) async throws -> Reservation {
        let bucket = try bucket(of: origin)
        let reserved = try await tenant.database.rows(ReserveAttempt(bucket: bucket, at: now()))
        return reserved.isEmpty
            ? .limited(retryAfterSeconds: max(1, Int(bucket.intervalSeconds.rounded(.up)))) : .granted
    }

    /// The statements that take back what a success disproves, for the transaction of that success.
    func succeeded(_ guess: Guess) throws -> [BoundStatement] {
        let key = try key(of: guess)
        // In the order in which a reservation takes them, so that neither waits for the other.
        let forget = [key, key.ofAllSources].map { BoundStatement(ForgetFailures(key: $0)) }
        guard guess.device == nil else { return forget }
        return [BoundStatement(RefundAttempt(bucket: try bucket(of: guess.origin)))] + forget
    }

    private func limited(after seconds: Double, _ guess: Guess) -> Reservation {
        let labels = [("tenant", tenant.slug.text), ("proof", guess.proof.rawValue)]
        Counter(label: "gatehouse_attempts_limited", dimensions: labels).increment()
        return .limited(retryAfterSeconds: max(1, Int(seconds.rounded(.up))))
    }

    private func key(of guess: Guess) throws -> FailureKey {
        let authenticate = try cells.keyring.authenticator(for: .attempts)
        let source = guess.device?.hash ?? authenticate(Self.bytes(["network", guess.origin.network]))
        let subject =
            switch guess.subject {
            case .person(let id): id.rawValue.byteArray
            case .login(let login): authenticate(Self.bytes(["login", login]))
            case .anybody(let what): authenticate(Self.bytes(["anybody", what]))
            }
        return FailureKey(proof: guess.proof, subject: subject, source: source)
    }

    private func bucket(of origin: RequestOrigin) throws -> AttemptBucket {
        let key = try cells.keyring.authenticator(for: .attempts)(Self.bytes(["network", origin.network]))
        return AttemptBucket(key: key, perMinute: tenant.policy.attemptsPerNetworkPerMinute)
    }

    private static func bytes(_ parts: [String]) -> [UInt8] { LengthPrefixed.encode(parts.map { Array($0.utf8) }) }
}

/// An attempt to prove something: what, about whom, and from where.
struct Guess: Sendable {
    let proof: Proof
    let subject: Subject
    let origin: RequestOrigin
    /// The device that the person is known by, if it is one of his.
    var device: KnownDevice?

    enum Proof: String, Sendable {
        case password, code
    }

    /// Whose proof it is. A person is known by his id, never by the spelling of his login.
    enum Subject: Sendable {
        case person(UserID)
        /// A login, in canonical form, that nobody has; it is counted as if somebody had it.
        case login(String)
        /// Nobody in particular: whoever presents a token of this kind.
        case anybody(String)

        var isSomebody: Bool {
            if case .anybody = self { false } else { true }
        }
    }
}

/// What failures in a row are counted under.
struct FailureKey: Sendable {
    let proof: Guess.Proof
    let subject: [UInt8]
    /// A keyed hash, so that the database does not tell which network or device it is.
    let source: [UInt8]

    /// What the failures of a person are counted under as a whole.
    var ofAllSources: FailureKey { FailureKey(proof: proof, subject: subject, source: []) }
}

/// One count: what it is of, and how many a minute it allows (generic cell rate algorithm, with a minute's worth at once).
struct AttemptBucket: Sendable {
    /// A keyed hash, so that the database does not tell which network it is about.
    let key: [UInt8]
    /// How long one attempt takes to wear off.
    let intervalSeconds: Double
    let capacitySeconds = 60.0

    var intervalMicroseconds: Int64 { Int64(intervalSeconds * 1e6) }
    var capacityMicroseconds: Int64 { Int64(capacitySeconds * 1e6) }

    init(key: [UInt8], perMinute: Int) {
        self.key = key
        intervalSeconds = capacitySeconds / Double(perMinute)
    }
}
