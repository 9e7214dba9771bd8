package import PluginKit

/// Which keys of a tenant to list; an absent part matches all.
package struct KeyListFilter: Sendable, Equatable {
    /// What a rotation would be narrowed down by. A key that has no secret of its own any more has no age.
    package var keys: KeyFilter
    package var state: APIKey.State?
    /// Whose they are.
    package var owner: UserID?

    package init(_ keys: KeyFilter = KeyFilter(), state: APIKey.State? = nil, owner: UserID? = nil) {
        self.keys = keys
        self.state = state
        self.owner = owner
    }
}
