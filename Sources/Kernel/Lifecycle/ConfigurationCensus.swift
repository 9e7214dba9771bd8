import Foundation
import PluginKit

/// Counts whom a change of configuration would touch. Changes nothing.
struct ConfigurationCensus {
    let step: ConfigurationStep
    let catalog: ProviderCatalog
    let database: any TenantDatabase
    let now: Date

    /// What was counted.
    struct Result {
        var effects: [ConfigurationEffect] = []
        /// Whether no owner could get in any more, who could until now.
        var locksOutEveryOwner = false
    }

    func result() async throws -> Result {
        guard let before = step.before else { return Result() }
        var result = try await secondFactor(from: before.policy.secondFactor, to: step.after.policy.secondFactor)
        result.effects += try await factors()
        result.effects += try await keys()
        result.effects += try await sessions(before.policy, step.after.policy)
        result.effects.removeAll { $0.count == 0 }
        return result
    }

    private func secondFactor(from old: SecondFactorRule, to new: SecondFactorRule) async throws -> Result {
        guard old != new else { return Result() }
        let askedBefore = try await SecondFactorPreview.asked(by: old, in: database)
        let asked = try await SecondFactorPreview.asked(by: new, in: database)
        let (earlier, later) = (Set(askedBefore.map(\.user)), Set(asked.map(\.user)))
        let outBefore = Set(askedBefore.filter { $0.isLockedOut(under: old, at: now) }.map(\.user))
        let newcomers = asked.filter { !earlier.contains($0.user) }
        let lockedOut = asked.filter { $0.isLockedOut(under: new, at: now) && !outBefore.contains($0.user) }
        func effect(_ code: ConfigurationEffect.Code, _ count: Int, _ message: String) -> ConfigurationEffect {
            ConfigurationEffect(code: code, path: "policy.second_factor", count: count, message: message)
        }
        return Result(
            effects: [
                effect(
                    .peopleNewlyAsked, newcomers.count, "people who would be asked for a second factor, and were not"),
                effect(
                    .peopleNewlyAskedWithoutFactor, newcomers.count { !$0.hasFactor },
                    "of these who have none, with \(DurationText.write(new.grace)) to set one up"),
                effect(
                    .peopleLockedOut, lockedOut.count,
                    "people without a second factor who would have no time left to set one up"),
                effect(
                    .peopleNoLongerAsked, earlier.subtracting(later).count,
                    "people who would not be asked for a second factor any more"),
            ],
            locksOutEveryOwner: SecondFactorPreview.locksOutEveryOwner(asked, under: new, at: now)
                && !SecondFactorPreview.locksOutEveryOwner(askedBefore, under: old, at: now))
    }

    private func factors() async throws -> [ConfigurationEffect] {
        var effects: [ConfigurationEffect] = []
        for name in step.removedFactors {
            guard let kind = catalog.factorKind(of: name) else { continue }
            let count = try await database.first(CountPeopleWithFactor(kind: kind)) ?? 0
            effects.append(
                ConfigurationEffect(
                    code: .peopleWithRemovedFactor, path: "sign_in.\(name)", count: count,
                    message: "people who have set it up, and could not use it any more"))
        }
        return effects
    }

    private func keys() async throws -> [ConfigurationEffect] {
        var effects: [ConfigurationEffect] = []
        let ages = KeyAges(keysOf: step.writtenAfter)
        if step.after.keys != nil, ages != KeyAges(keysOf: step.writtenBefore) {
            let count = try await database.first(CountOverdueUnder(ages: ages, at: now)) ?? 0
            effects.append(
                ConfigurationEffect(
                    code: .apiKeysOverdue, path: "api_keys.max_age", count: count,
                    message: "secrets of API keys that would become overdue to be rotated"))
        }
        if step.changesKeyForm {
            let count = try await database.first(CountLiveKeys(at: now)) ?? 0
            effects.append(
                ConfigurationEffect(
                    code: .apiKeysOfOtherForm, path: "api_keys.prefix", count: count,
                    message:
                        "live API keys, good only while what they begin with stands in `prefix` or `former_prefixes`"))
        }
        return effects
    }

    private func sessions(_ old: TenantPolicy, _ new: TenantPolicy) async throws -> [ConfigurationEffect] {
        guard old.refreshTokenLifetime != new.refreshTokenLifetime else { return [] }
        let count = try await database.first(CountLiveSessions(at: now)) ?? 0
        return [
            ConfigurationEffect(
                code: .sessionsUnchanged, path: "policy.sessions.refresh_token", count: count,
                message: "running sessions, which would keep the end that they have")
        ]
    }
}

extension KeyAges {
    /// The ages that a document demands. Every form of API keys has them in its section.
    fileprivate init(keysOf document: SettingsNode) {
        let section = document["api_keys"] ?? SettingsNode(.null, line: document.line)
        self.init(KeyPolicy(reading: SettingsReader(section)))
    }
}
