package import Foundation
package import Logging
package import PluginKit

/// A connection to one Vault server with one login: what reads secrets and what wraps keys go through it.
///
/// Nothing is sent before it is needed. ``close()`` must be called once.
package final class VaultConnection: Sendable {
    let settings: VaultSettings
    let clock: VaultClock
    let metrics: VaultMetrics
    let logger: Logger
    private let exchange: VaultExchange
    private let tokens: TokenKeeper

    /// - Parameters:
    ///   - name: whose connection it is, as the label `tenant` of its metrics.
    ///   - secrets: where the credential for logging in is kept.
    /// - Throws: `HostRefusal` where the settings name what they may not; `SecretBackendError` where a file of
    ///   certificates cannot be used.
    package convenience init(
        settings: VaultSettings, name: String, secrets: any TenantSecrets, host: HostAccess, logger: Logger,
        now: @escaping @Sendable () -> Date
    ) throws {
        try self.init(
            settings: settings, secrets: secrets, host: host, logger: logger, clock: VaultClock(now: now),
            metrics: VaultMetrics(name: name))
    }

    init(
        settings: VaultSettings, secrets: any TenantSecrets, host: HostAccess, logger: Logger, clock: VaultClock,
        metrics: VaultMetrics
    ) throws {
        guard let address = settings.address, let method = settings.auth.method else {
            throw SecretBackendError("opening a connection to Vault: its settings have problems; run the check of them")
        }
        try host.check(host: address.host, port: address.port, setting: settings.place)
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        let way = try VaultLogin.Way(method, files: host.files)
        let http = try VaultHTTP(address: address, settings: settings, files: host.files)
        exchange = VaultExchange(http: http, clock: clock, metrics: metrics, logger: logger)
        let login = VaultLogin(way, secrets: secrets, exchange: exchange, clock: clock)
        tokens = TokenKeeper(
            login: login, exchange: exchange, clock: clock, deadline: settings.deadline, logger: logger)
    }

    /// Sends a request with a token, within the deadline of the settings.
    ///
    /// A denial may come from a token that was revoked, so it is asked once more with a new one; the second is final.
    ///
    /// - Returns: success, or a refusal that depends on the request (400, 404 and their like).
    func send(_ request: VaultRequest) async throws(VaultProblem) -> VaultAnswer {
        let deadline = ContinuousClock.now + settings.deadline
        let token = try await tokens.take(before: deadline)
        do {
            return try await exchange.send(request, token: token.value, before: deadline)
        } catch VaultProblem.forbidden {
            guard let fresh = try await tokens.replacement(for: token, before: deadline) else { throw .forbidden }
            return try await sendAgain(request, fresh, deadline)
        }
    }

    /// Revokes the token that a login gave, and lets the server go. Takes a second at most for the first.
    package func close() async {
        if let token = await tokens.close() {
            let request = VaultRequest.post("auth/token/revoke-self", isRepeatable: false)
            do {
                _ = try await exchange.send(request, token: token, before: .now + .seconds(1), isLast: true)
            } catch {
                logger.notice(
                    "the token of Vault could not be revoked; it lives until its lease ends",
                    metadata: ["problem": "\(error)"])
            }
        }
        do {
            try await exchange.shutDown()
        } catch {
            logger.notice("the connections to Vault did not end in order")
        }
    }

    private func sendAgain(
        _ request: VaultRequest, _ token: VaultToken, _ deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> VaultAnswer {
        do {
            return try await exchange.send(request, token: token.value, before: deadline)
        } catch {
            if error == .forbidden { await tokens.wasDeniedAgain() }
            throw error
        }
    }
}
