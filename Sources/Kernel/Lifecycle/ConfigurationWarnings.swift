import PluginKit

/// Finds what the author of a change should think of. Looks at the two configurations and at nothing else.
struct ConfigurationWarnings {
    private let before: TenantPlan
    private let after: TenantPlan
    private let step: ConfigurationStep

    /// `nil` where there is nothing to compare with.
    init?(of step: ConfigurationStep) {
        guard let before = step.before else { return nil }
        self.before = before
        after = step.after
        self.step = step
    }

    var all: [ConfigurationWarning] { secondFactor + factors + attempts + origins + tokens + secrets + keys }

    private var secondFactor: [ConfigurationWarning] {
        let (old, new) = (before.policy.secondFactor, after.policy.secondFactor)
        var weaker: [String] = []
        let spared = Set(old.coveredRoles).subtracting(new.coveredRoles).sorted()
        if !spared.isEmpty { weaker.append("\(spared.joined(separator: ", ")) would not be asked any more") }
        if new.grace > old.grace { weaker.append("newcomers would have longer without one") }
        if new.remember > old.remember { weaker.append("devices would be believed for longer") }
        return weaker.map { .init(code: .secondFactorWeakened, path: "policy.second_factor", message: $0) }
    }

    private var factors: [ConfigurationWarning] {
        step.removedFactors.map {
            .init(
                code: .factorRemoved, path: "sign_in.\($0)",
                message: "`\($0)` would be offered no more, and whoever has it could not prove himself by it")
        }
    }

    private var attempts: [ConfigurationWarning] {
        let (old, new) = (before.policy, after.policy)
        guard
            new.failuresBeforeDelay > old.failuresBeforeDelay
                || new.attemptsPerNetworkPerMinute > old.attemptsPerNetworkPerMinute
        else { return [] }
        return [
            .init(
                code: .attemptsWeakened, path: "policy.attempts",
                message: "passwords could be guessed faster than before")
        ]
    }

    private var origins: [ConfigurationWarning] {
        func differing(_ left: [String], from right: [String]) -> [String] {
            left.filter { origin in !right.contains { $0.utf8.elementsEqual(origin.utf8) } }
        }
        let added = differing(after.corsOrigins, from: before.corsOrigins)
        let removed = differing(before.corsOrigins, from: after.corsOrigins)
        return added.map {
            .init(
                code: .originAdded, path: "cors.origins",
                message: "pages of \($0) could call, with what their users hold")
        }
            + removed.map {
                .init(code: .originRemoved, path: "cors.origins", message: "pages of \($0) could not call any more")
            }
    }

    private var tokens: [ConfigurationWarning] {
        var found: [ConfigurationWarning] = []
        if !(before.audience ?? "").utf8.elementsEqual((after.audience ?? "").utf8) {
            found.append(
                .init(
                    code: .audienceChanged, path: "audience",
                    message: "services that expect the old audience would refuse new tokens: tell them first"))
        }
        if before.policy.signingKey.algorithm != after.policy.signingKey.algorithm {
            found.append(
                .init(
                    code: .signingAlgorithmChanged, path: "policy.signing_key.algorithm",
                    message: "services that verify tokens have to take the new algorithm as well"))
        }
        if after.policy.accessTokenLifetime > before.policy.accessTokenLifetime {
            found.append(
                .init(
                    code: .accessTokenLengthened, path: "policy.sessions.access_token",
                    message: "services that do not read the feed of revocations would honour a sign-out later"))
        }
        return found
    }

    private var secrets: [ConfigurationWarning] {
        before.secretBackends.map(\.name).compactMap { name in
            let path = "secrets.\(name)"
            guard after.secretBackends.contains(where: { $0.name == name }) else {
                return .init(
                    code: .secretsRemoved, path: path, message: "nothing could be read from `\(name)` any more")
            }
            let nothing = SettingsNode(.null, line: 1)
            let old = step.writtenBefore["secrets"]?[name.rawValue] ?? nothing
            guard !old.means(step.writtenAfter["secrets"]?[name.rawValue] ?? nothing) else { return nil }
            return .init(
                code: .secretsChanged, path: path, message: "secrets of `\(name)` would come from somewhere else")
        }
    }

    private var keys: [ConfigurationWarning] {
        guard step.changesKeyForm else { return [] }
        return [
            .init(
                code: .keyFormChanged, path: "api_keys",
                message: "API keys would be written otherwise; those whose prefix is listed no more would be refused")
        ]
    }
}
