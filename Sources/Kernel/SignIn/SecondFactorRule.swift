package import Foundation
package import PluginKit

/// Whom a tenant asks for a second factor, and how much time they have.
///
/// - `required_for` (list of roles; owner and admin where the program has a provider to set one up): whoever has such a
///   role, or may do all that a built-in one of them may, needs a second factor. An empty list asks nobody.
/// - `grace` (duration, 7d): how long somebody who comes under the rule may go on without.
/// - `remember` (duration, 0s): how long a device that proved a second factor need not prove it again.
///
/// Whoever has a factor needs it at every sign-in, whatever the rule.
package struct SecondFactorRule: ProviderSettings, Equatable {
    package static let usualRoles = [BuiltInRole.owner.rawValue, BuiltInRole.admin.rawValue]

    package let requiredFor: [String]
    package let grace: Duration
    package let remember: Duration
    /// Whether the roles stand in the document; elsewhere they are the usual ones.
    let namesRoles: Bool

    package init(reading section: SettingsReader) {
        namesRoles = section.isWritten("required_for")
        requiredFor = section.texts(
            "required_for", default: Self.usualRoles, "the roles, with all above them, that need a second factor",
            check: Self.roleCheck)
        grace = section.duration(
            "grace", default: .seconds(7 * 86_400), in: .zero ... .seconds(90 * 86_400),
            "how long somebody who comes under the rule may go on without a factor")
        remember = section.duration(
            "remember", default: .zero, in: .zero ... .seconds(90 * 86_400),
            "how long a device that proved a second factor need not prove it again")
    }

    package init(requiredFor: [String], grace: Duration = .seconds(7 * 86_400), remember: Duration = .zero) {
        self.requiredFor = requiredFor
        self.grace = grace
        self.remember = remember
        namesRoles = true
    }

    /// The same rule for other roles.
    package func asking(_ roles: [String]) -> SecondFactorRule {
        SecondFactorRule(requiredFor: roles, grace: grace, remember: remember)
    }

    /// Whether somebody with these roles, who may do this, needs a second factor.
    package func applies(to roles: [String], allowing permissions: Set<Permission>) -> Bool {
        requiredFor.contains { name in
            if roles.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { return true }
            return BuiltInRole(rawValue: name)?.permissions.isSubset(of: permissions) ?? false
        }
    }

    package func applies(to person: PersonAuthority) -> Bool {
        applies(to: person.roles, allowing: person.permissions)
    }

    /// The names that bring a person under the rule: those required, and the built-in roles above them.
    var coveredRoles: [String] {
        let above = BuiltInRole.allCases.filter { applies(to: [$0.rawValue], allowing: $0.permissions) }.map(\.rawValue)
        return Set(requiredFor + above).sorted()
    }

    /// What the required built-in roles allow, each as a list of words: an own role that allows as much is covered, too.
    var coveredPermissions: [String] {
        requiredFor.compactMap(BuiltInRole.init(rawValue:)).map { role in
            role.permissions.sorted().map(\.rawValue).joined(separator: " ")
        }
    }

    /// When the grace of somebody ends who came under the rule at a moment.
    package func graceEnd(since: Date) -> Date { since.addingTimeInterval(grace.timeInterval) }

    private static let roleCheck = TextCheck(pattern: "^[a-z][a-z0-9_]{1,39}$", fix: "write the name of a role") {
        name in
        BuiltInRole(rawValue: name) == nil ? Role.problem(withName: name) : nil
    }
}
