package import Foundation
package import PluginKit

/// Work on the platform that takes longer than a request, as the database keeps it: how far it has come, and what came of it.
package struct PlatformOperation: Sendable, Equatable {
    package let id: OperationID
    package let kind: Kind
    /// The tenant that it is about.
    package let tenant: TenantID
    /// The slug that the tenant had.
    package let slug: String
    package let state: State
    /// Rows removed so far, by table.
    package let counts: [String: Int]
    /// How many rows there were when that was looked at; of very large tables not all were counted. `nil` before.
    package let estimate: Int?
    /// The last event of the tenant's audit trail that was removed.
    package let lastEvent: LastEvent?
    package let keysDestroyedAt: Date?
    /// What went wrong when it was last tried; `nil` where that went well. It is tried again.
    package let error: String?
    /// What proves that it was done; `nil` while it is not.
    package let receipt: String?
    /// Until when somebody works on it.
    let leasedUntil: Date
    /// Whether nothing is under way any more that had begun before the work did.
    let isSettled: Bool
    package let startedBy: String
    package let createdAt: Date
    package let finishedAt: Date?

    package enum Kind: String, Sendable {
        case deleteTenant = "delete_tenant"
    }

    package enum State: String, Sendable {
        case running, succeeded
    }

    package struct LastEvent: Sendable, Equatable {
        package let id: EventID
        package let at: Date
    }

    package var rowsRemoved: Int { counts.values.reduce(0, +) }
}
