import Logging
import PluginKit
import Synchronization

/// Gets requests to Vault and answers back, as well as it can be done within a deadline: with tries, pauses between
/// them, and a rest for a server that fails one request after another.
///
/// A request that is not repeatable, such as a login, is tried again only where it is certain that it was not carried
/// out: no connection came about, or the server said that it does nothing now.
final class VaultExchange: Sendable {
    private struct State {
        var breaker = CircuitBreaker()
        /// What the last try saw; `nil` where Vault answered.
        var problem: VaultProblem?
    }

    private let http: VaultHTTP
    private let clock: VaultClock
    private let backoff = Backoff()
    private let metrics: VaultMetrics
    private let logger: Logger
    private let state = Mutex(State())

    init(http: VaultHTTP, clock: VaultClock, metrics: VaultMetrics, logger: Logger) {
        self.http = http
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    /// The answer: success, or a refusal that depends on the request (400, 404 and their like).
    ///
    /// - Parameter isLast: whether there is no later, so that it is sent though the server has its rest.
    func send(
        _ request: VaultRequest, token: SecretText? = nil, before deadline: ContinuousClock.Instant,
        isLast: Bool = false
    ) async throws(VaultProblem) -> VaultAnswer {
        var attempt = 0
        var seen: VaultProblem?
        while true {
            do throws(VaultProblem) {
                return try await once(request, token, deadline, isLast: isLast)
            } catch {
                // Where this request's own failures made the client rest, they are what there is to tell.
                if case .resting = error, let seen { throw seen }
                guard mayRepeat(request, after: error) else { throw error }
                seen = error
                let pause = backoff.pause(after: attempt, asked: error.retryAfter, chance: clock.chance())
                guard .now + pause < deadline else { throw error }
                do { try await clock.pause(pause) } catch { throw .cancelled }
                attempt += 1
            }
        }
    }

    func shutDown() async throws {
        try await http.shutDown()
    }

    private func mayRepeat(_ request: VaultRequest, after problem: VaultProblem) -> Bool {
        problem.isPassing && (request.isRepeatable || problem.saysNothingWasDone)
    }

    private func once(
        _ request: VaultRequest, _ token: SecretText?, _ deadline: ContinuousClock.Instant, isLast: Bool
    ) async throws(VaultProblem) -> VaultAnswer {
        if !isLast, let problem = restingProblem() { throw problem }
        do throws(VaultProblem) {
            let answer = try await http.send(request, token: token, before: deadline)
            if let problem = answer.problem { throw problem == .sealed ? await kindOfSeal(deadline) : problem }
            record(nil)
            return answer
        } catch {
            record(error)
            throw error
        }
    }

    // Vault calls itself sealed before it was ever initialised, too; only this endpoint tells the two apart.
    private func kindOfSeal(_ deadline: ContinuousClock.Instant) async -> VaultProblem {
        if let known = state.withLock({ $0.problem }), known == .sealed || known == .uninitialised { return known }
        guard let answer = try? await http.send(.get("sys/seal-status"), token: nil, before: deadline),
            let status = try? answer.decoded(SealStatusBody.self)
        else { return .sealed }
        return status.initialized ? .sealed : .uninitialised
    }

    private func restingProblem() -> VaultProblem? {
        state.withLock { state in
            if state.breaker.admits(at: .now) { return nil }
            metrics.count(.heldBack)
            return .resting(last: state.problem ?? .timedOut)
        }
    }

    private func record(_ problem: VaultProblem?) {
        metrics.count(VaultMetrics.Outcome(problem))
        let isDown = problem?.meansDown == true
        let before = state.withLock { state in
            defer { if problem != .cancelled && problem != .closed { state.problem = isDown ? problem : nil } }
            switch problem {
            case .cancelled, .closed: state.breaker.abandoned(at: .now)
            default: isDown ? state.breaker.failed(at: .now) : state.breaker.succeeded()
            }
            return state.problem
        }
        guard problem != .cancelled, problem != .closed else { return }
        metrics.setUp(!isDown)
        tell(problem, isDown: isDown, before: before)
    }

    private func tell(_ problem: VaultProblem?, isDown: Bool, before: VaultProblem?) {
        if isDown, let problem, before != problem {
            logger.warning("Vault cannot be used now", metadata: ["problem": "\(problem)"])
        } else if !isDown, before != nil {
            logger.notice("Vault can be used again")
        }
    }
}

private struct SealStatusBody: Decodable {
    let initialized: Bool
}

extension VaultProblem {
    fileprivate var retryAfter: Duration? {
        if case .rateLimited(let duration) = self { duration } else { nil }
    }
}
