import Foundation
import PluginKit

/// A token that Vault gave, and how long it is good for.
struct VaultToken: Sendable {
    let value: SecretText
    /// Tells one token from the next without comparing them.
    var number = 0
    /// Whether somebody else made it, who also decides when it ends.
    let isConfigured: Bool
    private(set) var isRenewable: Bool
    /// `nil` where it may be used without end.
    private(set) var usesLeft: Int?
    /// `nil` where it does not run out.
    private(set) var runsOutAt: Date?
    private(set) var renewAt: Date?
    private var lease: Duration

    /// - Parameter chance: from 0 to below 1; spreads renewals, so that not all clients come at once.
    init(value: SecretText, isConfigured: Bool, grant: Grant, at now: Date, chance: Double) {
        self.value = value
        self.isConfigured = isConfigured
        isRenewable = grant.isRenewable
        usesLeft = grant.uses > 0 ? grant.uses : nil
        lease = .seconds(grant.leaseSeconds)
        setTimes(from: now, chance)
    }

    /// What Vault said about a token when it was given or renewed; the answer counts, not what was asked for.
    struct Grant: Sendable {
        let leaseSeconds: Int
        let isRenewable: Bool
        /// 0 where it may be used without end.
        let uses: Int
    }

    func isUsable(at now: Date) -> Bool {
        (usesLeft ?? 1) > 0 && runsOutAt.map { now < $0 } ?? true
    }

    func isDue(at now: Date) -> Bool {
        renewAt.map { now >= $0 } ?? false
    }

    mutating func countUse() {
        usesLeft = usesLeft.map { $0 - 1 }
    }

    /// Takes over what the renewal gave. Where that is clearly less than before, the token nears its longest life, and
    /// the next time a new one is fetched.
    mutating func renewed(_ grant: Grant, at now: Date, chance: Double) {
        let fresh = Duration.seconds(grant.leaseSeconds)
        isRenewable = grant.isRenewable && fresh >= lease * 0.9
        lease = fresh
        setTimes(from: now, chance)
    }

    /// A renewal failed; the next try comes after a pause, the token being good until then.
    mutating func postponeRenewal(at now: Date, by pause: Duration) {
        renewAt = now + pause.inSeconds
    }

    private mutating func setTimes(from now: Date, _ chance: Double) {
        guard lease > .zero else {
            (runsOutAt, renewAt) = (nil, nil)
            return
        }
        runsOutAt = now + lease.inSeconds
        renewAt = now + lease.inSeconds * (2.0 / 3 - chance / 10)
    }
}
