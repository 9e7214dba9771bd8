package import PluginKit

/// What a tenant demands of sign-ins, sessions and keys.
///
/// - `sessions.access_token` (duration, 15m): how long an access token is valid.
/// - `sessions.refresh_token` (duration, 7d): how long a session lasts, however often it is refreshed.
/// - `invitations.lifetime` (duration, 7d): how long an invitation may be accepted.
/// - `second_factor`: see ``SecondFactorRule``.
/// - `attempts.failures_before_delay` (integer, 5): failures in a row of one person from one network without a wait.
/// - `attempts.per_network_per_minute` (integer, 60): sign-in attempts from one network.
/// - `signing_key`: see ``SigningKeyPolicy``.
package struct TenantPolicy: ProviderSettings, Equatable {
    package let accessTokenLifetime: Duration
    package let refreshTokenLifetime: Duration
    package let invitationLifetime: Duration
    package let secondFactor: SecondFactorRule
    package let failuresBeforeDelay: Int
    package let attemptsPerNetworkPerMinute: Int
    package let signingKey: SigningKeyPolicy

    package init(reading section: SettingsReader) {
        let sessions = section.section("sessions", SessionSettings.self, "how long sessions last")
        accessTokenLifetime = sessions.accessToken
        refreshTokenLifetime = sessions.refreshToken
        let invitations = section.section("invitations", InvitationSettings.self, "how people are invited")
        invitationLifetime = invitations.lifetime
        secondFactor = section.section(
            "second_factor", SecondFactorRule.self, "whom the tenant asks for a second factor")
        let attempts = section.section("attempts", AttemptSettings.self, "how often a sign-in may be tried")
        failuresBeforeDelay = attempts.failuresBeforeDelay
        attemptsPerNetworkPerMinute = attempts.perNetworkPerMinute
        signingKey = section.section("signing_key", SigningKeyPolicy.self, "the keys that sign access tokens")
    }

    private init(_ policy: TenantPolicy, secondFactor: SecondFactorRule) {
        accessTokenLifetime = policy.accessTokenLifetime
        refreshTokenLifetime = policy.refreshTokenLifetime
        invitationLifetime = policy.invitationLifetime
        failuresBeforeDelay = policy.failuresBeforeDelay
        attemptsPerNetworkPerMinute = policy.attemptsPerNetworkPerMinute
        signingKey = policy.signingKey
        self.secondFactor = secondFactor
    }

    /// The same policy with another rule of second factors.
    package func with(_ secondFactor: SecondFactorRule) -> TenantPolicy {
        TenantPolicy(self, secondFactor: secondFactor)
    }
}

/// With which algorithm a tenant signs its access tokens, and how often the key changes.
///
/// - `algorithm` (`es256`, `eddsa` or `rs256`; es256): the algorithm of new keys.
/// - `rotate_every` (duration, 90d): the age at which the next key takes over.
package struct SigningKeyPolicy: ProviderSettings, Equatable {
    package let algorithm: SigningAlgorithm
    package let rotateEvery: Duration

    package init(reading section: SettingsReader) {
        algorithm = section.choice("algorithm", default: SigningAlgorithm.es256, "the algorithm of new signing keys")
        rotateEvery = section.duration(
            "rotate_every", default: .days(90), in: .days(1) ... .days(365), "the age at which the next key takes over")
    }
}

/// An algorithm for signing access tokens (RFC 7518, RFC 8037).
package enum SigningAlgorithm: String, Sendable, CaseIterable {
    case es256, eddsa, rs256
}

private struct SessionSettings: ProviderSettings {
    let accessToken: Duration
    let refreshToken: Duration

    init(reading section: SettingsReader) {
        accessToken = section.duration(
            "access_token", default: .minutes(15), in: .minutes(1) ... .minutes(60), "how long an access token is valid"
        )
        refreshToken = section.duration(
            "refresh_token", default: .days(7), in: .minutes(5) ... .days(90),
            "how long a session lasts, however often it is refreshed")
        if refreshToken < accessToken {
            let least = DurationText.write(accessToken)
            section.reject(
                "refresh_token",
                "must be at least as long as access_token (\(least)), is \(DurationText.write(refreshToken))",
                fix: "write \(least) or more")
        }
    }
}

private struct InvitationSettings: ProviderSettings {
    let lifetime: Duration

    init(reading section: SettingsReader) {
        lifetime = section.duration(
            "lifetime", default: .days(7), in: .hours(1) ... .days(30), "how long an invitation may be accepted")
    }
}

private struct AttemptSettings: ProviderSettings {
    let failuresBeforeDelay: Int
    let perNetworkPerMinute: Int

    init(reading section: SettingsReader) {
        failuresBeforeDelay = section.integer(
            "failures_before_delay", default: 5, in: 1...60,
            "failures in a row of one person from one network, before each further try has to wait")
        perNetworkPerMinute = section.integer(
            "per_network_per_minute", default: 60, in: 1...6000, "sign-in attempts per minute from one network")
    }
}

extension Duration {
    fileprivate static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
    fileprivate static func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }
    fileprivate static func days(_ count: Int64) -> Duration { .seconds(count * 86_400) }
}
