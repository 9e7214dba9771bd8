package import Foundation
package import PluginKit

/// A person of one tenant.
package struct User: Sendable {
    package let id: UserID
    /// As the person wrote it.
    package let login: String
    package let displayName: String?
    package let state: State
    /// Names of built-in and own roles, sorted.
    package let roles: [String]
    package let createdAt: Date
    package let updatedAt: Date

    package enum State: String, Sendable, CaseIterable {
        case active, suspended, deleted
    }
}
