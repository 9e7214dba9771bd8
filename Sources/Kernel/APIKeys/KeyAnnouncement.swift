import Foundation
package import PluginKit

/// What the database announces on the channel `gatehouse_keys`: the tenant, and what to forget of it.
package enum KeyAnnouncement: Sendable, Equatable {
    case key(KeyID, TenantID)
    /// All keys of one owner.
    case owner(UserID, TenantID)
    case tenant(TenantID)

    /// Reads `<tenant> key <key>`, `<tenant> owner <user>` or `<tenant> all`, with UUIDs; `nil` for anything else.
    package init?(_ payload: String) {
        let words = payload.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let tenant = words.first.flatMap(UUID.init(uuidString:)).map(TenantID.init(rawValue:)) else { return nil }
        if words.count == 2, words[1] == "all" {
            self = .tenant(tenant)
            return
        }
        guard words.count == 3, let id = UUID(uuidString: words[2]) else { return nil }
        switch words[1] {
        case "key": self = .key(KeyID(rawValue: id), tenant)
        case "owner": self = .owner(UserID(rawValue: id), tenant)
        default: return nil
        }
    }
}

extension VerifiedKeyCache {
    /// Forgets what an announcement is about.
    package func forget(_ announcement: KeyAnnouncement) {
        switch announcement {
        case .key(let key, let tenant): forget(key, of: tenant)
        case .owner(let owner, let tenant): forget(ownedBy: owner, in: tenant)
        case .tenant(let tenant): forgetAll(of: tenant)
        }
    }
}
