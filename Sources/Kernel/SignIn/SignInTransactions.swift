import Foundation
package import PluginKit

/// Sign-ins that have proved something and wait for a further step: each bound to its person and step, used once.
struct SignInTransactions: Sendable {
    static let lifetimeSeconds = 600

    private let tenant: Tenant
    private let cells: TenantCells
    private let now: @Sendable () -> Date

    init(tenant: Tenant, cells: TenantCells, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.cells = cells
        self.now = now
    }

    /// What a transaction waits for.
    enum Step: String, Sendable {
        case passwordChange = "password_change"
        case secondFactor = "second_factor"
        case enrollment
    }

    /// Begins a transaction; `nil` where the person's sessions were ended since he began to prove himself. `alongside`
    /// commits with it.
    func begin(
        _ step: Step, evidence: SignInEvidence, alongside: [BoundStatement]
    ) async throws -> NewTransaction? {
        let token = try OpaqueToken.make(.signInTransaction)
        let expiresAt = now().addingTimeInterval(TimeInterval(Self.lifetimeSeconds))
        let begin = BeginSignInTransaction(
            hash: token.hash, step: step, evidence: evidence, at: now(), expiresAt: expiresAt)
        let hold = HoldSessionEpoch(user: evidence.person.user, epoch: evidence.epoch)
        let stored = try await SessionEpoch.unlessPassed {
            try await tenant.database.run([BoundStatement(hold), BoundStatement(begin)] + alongside)
        }
        guard stored != nil else { return nil }
        return NewTransaction(token: token.text, lifetimeSeconds: Self.lifetimeSeconds)
    }

    /// The open transaction of this token, if it waits for `step`.
    func find(_ text: SecretText, step: Step) async throws -> PendingSignIn? {
        guard let token = OpaqueToken(.signInTransaction, text: text) else { return nil }
        let find = FindSignInTransaction(hash: token.hash, step: step, at: now())
        guard let stored = try await tenant.database.first(find) else { return nil }
        return PendingSignIn(stored, login: try await cells.login(stored.sealedLogin, of: stored.user))
    }

    /// Spends a transaction, and runs `statements` with that.
    ///
    /// - Returns: the person as he is then; `nil` where the transaction was spent or its epoch had passed, and nothing was
    ///   done.
    func goOn(with pending: PendingSignIn, storing statements: [BoundStatement]) async throws -> PersonAuthority? {
        let person = try await SessionEpoch.unlessPassed {
            try await tenant.database.transaction { transaction -> PersonAuthority? in
                guard try await pending.spend(in: transaction, at: now()) else { return nil }
                _ = try await transaction.run(statements)
                return try await transaction.first(FindAuthority(id: pending.user))
            }
        }
        return person ?? nil
    }
}

/// A transaction that has just begun; its token exists only here.
package struct NewTransaction: Sendable {
    package let token: SecretText
    package let lifetimeSeconds: Int
}

/// A transaction that waits for its next step.
struct PendingSignIn: Sendable {
    let hash: [UInt8]
    let user: UserID
    let login: Login
    let methods: [AuthenticationMethod]
    let createdAt: Date
    let mustChangePassword: Bool
    /// Whether a first factor may be set up: more than a password was proved.
    let isTrusted: Bool
    /// The ticket that made it so.
    let ticketHash: [UInt8]?
    /// The person's epoch in which it began.
    let epoch: SessionEpoch

    init(_ stored: StoredSignIn, login: Login) {
        hash = stored.hash
        user = stored.user
        self.login = login
        methods = stored.methods
        createdAt = stored.createdAt
        mustChangePassword = stored.mustChangePassword
        isTrusted = stored.isTrusted
        ticketHash = stored.ticketHash
        epoch = stored.epoch
    }

    /// The statement that comes first in whatever goes on with it: it fails where the person's sessions were ended since.
    var hold: BoundStatement { BoundStatement(HoldSessionEpoch(user: user, epoch: epoch)) }

    /// Spends it in a transaction that holds its person to its epoch.
    ///
    /// - Returns: whether it was still open.
    func spend(in transaction: any TenantTransaction, at time: Date) async throws -> Bool {
        let spend = BoundStatement(SpendSignInTransaction(hash: hash, at: time))
        return try await transaction.run([hold, spend])[1].affected == 1
    }

    /// What is proved by the end of its step.
    ///
    /// - Parameters:
    ///   - person: as he was found in the transaction that spent it.
    ///   - method: what the step proved in addition.
    func evidence(
        on person: PersonAuthority, adding method: AuthenticationMethod? = nil, passwordWasChanged: Bool = false
    ) -> SignInEvidence {
        SignInEvidence(
            person: person, methods: methods + [method].compactMap { $0 }, authenticatedAt: createdAt,
            epoch: person.epoch, mustChangePassword: mustChangePassword && !passwordWasChanged, isTrusted: isTrusted)
    }
}
