import Foundation
import PluginKit

/// A person's place in the list by which people are found: a keyed hash of his login's canonical form.
struct LoginEntry: Sendable {
    let entry: [UInt8]
    let key: DataKeyID
}

extension TenantCells {
    /// The entries of `login` under every key that people are listed under, for a transaction that lists somebody.
    ///
    /// From here until the transaction ends nobody can turn the tenant's keys, so no entry can be forgotten.
    func entriesToStore(_ login: Login, in transaction: any TenantTransaction) async throws -> [LoginEntry] {
        let results = try await transaction.run([BoundStatement(HoldDataKeys()), BoundStatement(ListListingKeys())])
        let listing = Set(try ListListingKeys.rows(of: results[1]))
        let keyring = try await keyring(listing: listing)
        return try listing.sorted().map { key in
            let authenticate = try keyring.authenticator(for: .login, under: key)
            return LoginEntry(entry: authenticate(Array(login.canonical.utf8)), key: key)
        }
    }

    /// What `login` may be listed as, under any key, for looking somebody up.
    func entriesToFind(_ login: Login) throws -> [[UInt8]] {
        try keyring.authenticators(for: .login).map { $0(Array(login.canonical.utf8)) }
    }

    /// The keyring that knows these keys. A reload may join one that began before the keys were turned, hence two.
    private func keyring(listing: Set<DataKeyID>) async throws -> TenantKeyring {
        if keyring.listing == listing { return keyring }
        for _ in 0..<2 {
            let reloaded = try await reloaded()
            if reloaded.listing == listing { return reloaded }
        }
        throw KeyringError.unknownKey
    }
}
