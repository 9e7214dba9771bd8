import Foundation
import PluginKit

/// Keeps what was read and signed of ended sessions for a second, for all tenants of the process.
///
/// However many ask, a tenant's list is read and signed once a second at most, by one of them for all.
final class RevocationLists: Sendable {
    static let lifetime: TimeInterval = 1
    /// So many tenants' lists are kept; those of others are read anew.
    private static let mostTenants = 256

    private struct Signed: Sendable {
        let tag: String
        let token: String
    }

    private struct Signing: Hashable, Sendable {
        let tenant: TenantID
        let tag: String
    }

    private let lists = BoundedCache<TenantID, RevocationList>(capacity: mostTenants, lifetime: lifetime)
    private let tokens = BoundedCache<TenantID, Signed>(capacity: mostTenants, lifetime: lifetime)
    private let reads = SingleFlight<TenantID, RevocationList>()
    private let signings = SingleFlight<Signing, String>()

    /// The list that is kept, or the one that `read` gives.
    func list(
        of tenant: TenantID, at time: Date, _ read: @escaping @Sendable () async throws -> RevocationList
    ) async throws -> RevocationList {
        if let kept = lists.value(for: tenant, at: time) { return kept }
        return try await reads.run(tenant) { [lists] in
            // Whoever read it before may just have finished.
            if let kept = lists.value(for: tenant, at: time) { return kept }
            let list = try await read()
            lists.store(list, for: tenant, at: list.readAt)
            return list
        }
    }

    /// The token that is kept of a list, or the one that `sign` gives.
    func token(
        for list: RevocationList, of tenant: TenantID, at time: Date,
        _ sign: @escaping @Sendable () async throws -> String
    ) async throws -> String {
        if let token = kept(of: list, of: tenant, at: time) { return token }
        return try await signings.run(Signing(tenant: tenant, tag: list.tag)) { [self] in
            if let token = kept(of: list, of: tenant, at: time) { return token }
            let token = try await sign()
            tokens.store(Signed(tag: list.tag, token: token), for: tenant, at: list.readAt)
            return token
        }
    }

    /// Forgets what is kept of a tenant.
    func forget(_ tenant: TenantID) {
        lists.remove(tenant)
        tokens.remove(tenant)
    }

    private func kept(of list: RevocationList, of tenant: TenantID, at time: Date) -> String? {
        guard let kept = tokens.value(for: tenant, at: time), kept.tag == list.tag else { return nil }
        return kept.token
    }
}
