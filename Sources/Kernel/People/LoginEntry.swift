import Foundation
import PluginKit

/// A person's place in the list by which people are found: a keyed hash of his login's canonical form.
struct LoginEntry: Sendable {
    let entry: [UInt8]
    let key: DataKeyID
}

extension TenantCells {
    /// The entries of `login` under every key that people are listed under, for a transaction that lists somebody; that
    /// of the key that will stay comes last.
    ///
    /// From here until the transaction ends nobody can turn the tenant's keys, so no entry can be forgotten.
    func entriesToStore(_ login: Login, in transaction: any TenantTransaction) async throws -> [LoginEntry] {
        let results = try await transaction.run([BoundStatement(HoldDataKeys()), BoundStatement(ListListingKeys())])
        let listing = try ListListingKeys.rows(of: results[1])
        let keyring = keyring.listing == Set(listing) ? keyring : try await inside(transaction).reloaded()
        guard keyring.listing == Set(listing) else { throw KeyringError.unknownKey }
        return try listing.map { key in
            let authenticate = try keyring.authenticator(for: .login, under: key)
            return LoginEntry(entry: authenticate(Array(login.canonical.utf8)), key: key)
        }
    }

    /// What `login` may be listed as, under any key, for looking somebody up.
    func entriesToFind(_ login: Login) throws -> [[UInt8]] {
        try keyring.entries(of: login)
    }

    /// Whoever is listed by `login`.
    ///
    /// The keys are asked for in the same round trip, found or not: where another node has turned them a moment ago, a
    /// person may be listed under a key that is not known here yet.
    func listed(by login: Login, in runner: any StatementRunner) async throws -> FoundUser? {
        let find = FindUserByLogin(entries: try entriesToFind(login))
        let (found, listing) = try await runner.rows(of: find, ListListingKeys())
        if found.isEmpty, listing.contains(where: { keyring.keys[$0] == nil }) {
            let keyring = try await inside(runner).reloaded()
            return try await runner.first(FindUserByLogin(entries: try keyring.entries(of: login)))
        }
        return found.first
    }
}

extension TenantKeyring {
    fileprivate func entries(of login: Login) throws -> [[UInt8]] {
        try authenticators(for: .login).map { $0(Array(login.canonical.utf8)) }
    }
}
