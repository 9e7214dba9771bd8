import Foundation
import Logging
import PluginKit

/// Keeps the token of one connection: fetches it when it is first needed, renews it in time, and fetches another
/// before it runs out. Whoever needs a token while one is being fetched waits for that one.
actor TokenKeeper {
    private let login: VaultLogin
    private let exchange: VaultExchange
    private let clock: VaultClock
    private let deadline: Duration
    private let logger: Logger

    private var token: VaultToken?
    private var tokensSoFar = 0
    private var pendingLogin: Task<Result<VaultToken, VaultProblem>, Never>?
    private var pendingRenewal: Task<Void, Never>?
    private var ticker: Task<Void, Never>?
    /// When a token fresh from a login was denied something: then the policy is what forbids it.
    private var deniedWhileFresh: Date?
    private var isClosed = false

    /// How long a denial of a fresh token keeps others from logging in again over a denial.
    private static let patience = Duration.seconds(30)

    /// - Parameter deadline: for a renewal, which nobody waits for.
    init(login: VaultLogin, exchange: VaultExchange, clock: VaultClock, deadline: Duration, logger: Logger) {
        self.login = login
        self.exchange = exchange
        self.clock = clock
        self.deadline = deadline
        self.logger = logger
    }

    /// A token that may be used once, now.
    func take(before deadline: ContinuousClock.Instant) async throws(VaultProblem) -> VaultToken {
        while true {
            guard !isClosed else { throw .closed }
            if let token, token.isUsable(at: clock.now()) {
                self.token?.countUse()
                renewIfDue()
                return token
            }
            guard .now < deadline else { throw .timedOut }
            try await logIn(before: deadline)
        }
    }

    /// Another token in the place of one that was denied something; `nil` where a new login would change nothing.
    func replacement(
        for denied: VaultToken, before deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> VaultToken? {
        if token?.number != denied.number { return try await take(before: deadline) }
        if let since = deniedWhileFresh, clock.now() < since + Self.patience.inSeconds { return nil }
        try await logIn(before: deadline)
        guard let token else { return nil }
        if token.isConfigured, token.value.bytes.matches(denied.value.bytes) { return nil }
        self.token?.countUse()
        return token
    }

    /// A token that ``replacement(for:before:)`` gave was denied as well.
    func wasDeniedAgain() {
        deniedWhileFresh = clock.now()
    }

    /// Gives out no more tokens; returns the last one where it is for this side to revoke.
    func close() async -> SecretText? {
        isClosed = true
        ticker?.cancel()
        // A login under way may give a token yet; each ends with its deadline.
        await pendingRenewal?.value
        _ = await pendingLogin?.value
        guard let token, !token.isConfigured, token.isUsable(at: clock.now()) else { return nil }
        return token.value
    }

    // MARK: Logging in

    private func logIn(before deadline: ContinuousClock.Instant) async throws(VaultProblem) {
        let pending = pendingLogin ?? startLogin(before: deadline)
        guard let outcome = await pending.valueUnlessCancelled else { throw .cancelled }
        _ = try outcome.get()
    }

    private func startLogin(before deadline: ContinuousClock.Instant) -> Task<Result<VaultToken, VaultProblem>, Never> {
        let task = Task { await finishLogin(before: deadline) }
        pendingLogin = task
        return task
    }

    // The old token stays in place until the new one is there.
    private func finishLogin(before deadline: ContinuousClock.Instant) async -> Result<VaultToken, VaultProblem> {
        defer { pendingLogin = nil }
        do throws(VaultProblem) {
            var fresh = try await login.token(before: deadline)
            tokensSoFar += 1
            fresh.number = tokensSoFar
            token = fresh
            startTicker()
            logger.debug("logged in to Vault")
            return .success(fresh)
        } catch {
            logger.warning("logging in to Vault failed", metadata: ["problem": "\(error)"])
            return .failure(error)
        }
    }

    // MARK: Renewing

    /// Starts a renewal where its time has come; nobody waits for it.
    func renewIfDue() {
        guard !isClosed, pendingRenewal == nil, pendingLogin == nil, let token, token.isDue(at: clock.now()) else {
            return
        }
        pendingRenewal = Task { await renew(token) }
    }

    private func renew(_ due: VaultToken) async {
        defer { pendingRenewal = nil }
        let deadline = ContinuousClock.now + self.deadline
        do throws(VaultProblem) {
            guard due.isRenewable, due.usesLeft ?? 2 > 1, try await extend(due, before: deadline) else {
                return try await logIn(before: deadline)
            }
        } catch {
            let pause = Duration.seconds(10) * (0.5 + clock.chance() / 2)
            token?.postponeRenewal(at: clock.now(), by: pause)
            logger.warning("renewing the token of Vault failed", metadata: ["problem": "\(error)"])
        }
    }

    /// Whether Vault made the token live longer; where it refuses, another is needed.
    private func extend(
        _ due: VaultToken, before deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> Bool {
        token?.countUse()
        let request = VaultRequest.post("auth/token/renew-self", [:], isRepeatable: true)
        let answer: VaultAnswer
        do {
            answer = try await exchange.send(request, token: due.value, before: deadline)
        } catch VaultProblem.forbidden {
            return false
        }
        guard answer.status == 200 else { return false }
        let grant = try answer.decoded(AuthBody.self).auth.grant
        if token?.number == due.number { token?.renewed(grant, at: clock.now(), chance: clock.chance()) }
        return true
    }

    // A token must not run out while nobody asks for secrets: the login after that could be refused.
    private func startTicker() {
        guard ticker == nil, !isClosed else { return }
        let clock = clock
        ticker = Task { [weak self] in
            while !Task.isCancelled, let pause = await self?.pauseBeforeRenewal() {
                do { try await clock.pause(pause) } catch { return }
                await self?.renewIfDue()
            }
        }
    }

    private func pauseBeforeRenewal() -> Duration? {
        guard !isClosed else { return nil }
        guard let due = token?.renewAt else { return .seconds(60) }
        return .seconds(min(60, max(1, due.timeIntervalSince(clock.now()))))
    }
}
