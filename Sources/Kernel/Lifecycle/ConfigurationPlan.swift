package import PluginKit

/// What a configuration would change, whom that would touch, and what its author should think of first.
package struct ConfigurationPlan: Sendable {
    /// What the configuration says differently.
    package let changes: [SettingChange]
    /// How many people, keys and sessions it would touch; none that it would not.
    package let affected: [ConfigurationEffect]
    package let warnings: [ConfigurationWarning]
}

/// How many of a kind a change would touch.
package struct ConfigurationEffect: Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        case peopleNewlyAsked = "people_newly_asked"
        /// Those among the newly asked who have nothing to prove themselves with.
        case peopleNewlyAskedWithoutFactor = "people_newly_asked_without_factor"
        /// Those who could get in until now, and could not any more.
        case peopleLockedOut = "people_locked_out"
        case peopleNoLongerAsked = "people_no_longer_asked"
        case peopleWithRemovedFactor = "people_with_removed_factor"
        case apiKeysOverdue = "api_keys_overdue"
        case apiKeysOfOtherForm = "api_keys_of_other_form"
        case sessionsUnchanged = "sessions_unchanged"
    }

    package let code: Code
    /// The setting that does it.
    package let path: String
    package let count: Int
    /// Who they are, in words that follow the count.
    package let message: String
}

/// What the author of a change should think of before he makes it.
package struct ConfigurationWarning: Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        case secondFactorWeakened = "second_factor_weakened"
        /// Bringing the configuration into force would be refused.
        case everyOwnerLockedOut = "every_owner_locked_out"
        case factorRemoved = "factor_removed"
        case attemptsWeakened = "attempts_weakened"
        case originAdded = "origin_added"
        case originRemoved = "origin_removed"
        case audienceChanged = "audience_changed"
        case signingAlgorithmChanged = "signing_algorithm_changed"
        case accessTokenLengthened = "access_token_lengthened"
        case secretsRemoved = "secrets_removed"
        case secretsChanged = "secrets_changed"
        case keyFormChanged = "key_form_changed"
    }

    package let code: Code
    /// The setting that is meant.
    package let path: String
    package let message: String
}

/// One configuration in the place of another: both as they are written and as they are understood.
struct ConfigurationStep {
    /// As it is understood until now; `nil` where this program does not take it any more.
    let before: TenantPlan?
    let after: TenantPlan
    let writtenBefore: SettingsNode
    let writtenAfter: SettingsNode
    let changes: [SettingChange]

    init(before: TenantPlan?, after: TenantPlan, writtenBefore: SettingsNode, writtenAfter: SettingsNode) {
        self.before = before
        self.after = after
        self.writtenBefore = writtenBefore
        self.writtenAfter = writtenAfter
        changes = ConfigurationDiff(from: writtenBefore, to: writtenAfter).changes
    }

    /// Names of second factors that are offered no more.
    var removedFactors: [ProviderName] {
        guard let before else { return [] }
        let left = Set((after.enrollableFactors.map(\.name) + after.backupFactors.map(\.name)).map(\.rawValue))
        return (before.enrollableFactors.map(\.name) + before.backupFactors.map(\.name))
            .filter { !left.contains($0.rawValue) }
    }

    /// Settings by which a tenant's API keys are told from all other text.
    var changesKeyForm: Bool {
        ["prefix", "former_prefixes", "environment"].contains { key in
            changes.contains { $0.path.isWithin("api_keys", key) } || isOneSided(key)
        }
    }

    /// Whether `api_keys` as a whole came or went, with this key in it.
    private func isOneSided(_ key: String) -> Bool {
        guard (writtenBefore["api_keys"] == nil) != (writtenAfter["api_keys"] == nil) else { return false }
        return (writtenBefore["api_keys"] ?? writtenAfter["api_keys"])?[key] != nil
    }
}

extension SettingsNode {
    /// What stands at a key of this section, the first time it stands there.
    package subscript(_ key: String) -> SettingsNode? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
}
