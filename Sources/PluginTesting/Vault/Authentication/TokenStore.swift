import Foundation

/// The tokens that have been handed out and are still good.
struct TokenStore {
    /// How long a token lives, and can be renewed, where nobody says otherwise: 32 days.
    static let systemSeconds = 2_764_800

    private var tokens: [String: VaultToken] = [:]

    init(root: String, at now: Date) {
        let grant = TokenGrant(policies: ["root"], path: "auth/token/create", isRenewable: false, id: root)
        add(VaultToken(grant, parent: nil, namespace: "", at: now))
    }

    private mutating func add(_ token: VaultToken) {
        tokens[token.id] = token
    }

    /// The token if it is good now.
    func find(_ id: String, at now: Date) -> VaultToken? {
        guard let token = tokens[id], token.isAlive(at: now) else { return nil }
        return token
    }

    func find(accessor: String, at now: Date) -> VaultToken? {
        tokens.values.first { $0.accessor == accessor && !accessor.isEmpty && $0.isAlive(at: now) }
    }

    mutating func issue(
        _ grant: TokenGrant, parent: String? = nil, namespace: String, at now: Date
    ) -> VaultToken {
        let token = VaultToken(grant, parent: grant.isOrphan ? nil : parent, namespace: namespace, at: now)
        add(token)
        return token
    }

    /// Counts one use; a token at its last use is good for this request alone.
    mutating func use(_ id: String) -> VaultToken? {
        tokens[id]?.use()
        return tokens[id]
    }

    /// Takes the token away where its last use is over.
    mutating func settle(_ id: String) {
        if tokens[id]?.isUsedUp == true { revoke(id) }
    }

    /// - Returns: what the caller should know beside the answer.
    mutating func renew(_ id: String, by increment: Int?, at now: Date) throws(VaultRefusal) -> [String] {
        guard var token = tokens[id], token.isAlive(at: now) else { throw .badToken }
        let warnings = try token.renew(by: increment, at: now)
        tokens[id] = token
        return warnings
    }

    /// Takes the token away, and with it those that it made.
    mutating func revoke(_ id: String, sparingChildren: Bool = false) {
        tokens[id] = nil
        for child in tokens.values.filter({ $0.parent == id }).map(\.id) {
            if sparingChildren {
                tokens[child]?.becomeOrphan()
            } else {
                revoke(child)
            }
        }
    }
}
