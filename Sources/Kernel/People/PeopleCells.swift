import Foundation
import PluginKit

/// What is sealed of people and invitations: the way from the database's rows to values, and back.
extension TenantCells {
    // MARK: People

    func user(_ stored: StoredUser) async throws -> User {
        User(
            id: stored.id, login: try await openText(stored.sealedLogin, at: Cell(.login, row: stored.id)),
            displayName: try await openText(ifAny: stored.sealedDisplayName, at: Cell(.displayName, row: stored.id)),
            state: stored.state, roles: stored.roles, createdAt: stored.createdAt, updatedAt: stored.updatedAt)
    }

    /// The person who has this login.
    ///
    /// - Throws: ``SealedValueRefused`` where the list names somebody whose login is another.
    func find(_ login: Login, in runner: any StatementRunner) async throws -> FoundUser? {
        guard let found = try await listed(by: login, in: runner) else { return nil }
        guard try await inside(runner).login(found.sealedLogin, of: found.id) == login else {
            throw try await refused(Cell(.login, row: found.id))
        }
        return found
    }

    /// The login of a person.
    func login(_ sealed: [UInt8], of user: UserID) async throws -> Login {
        let cell = Cell(.login, row: user)
        guard let login = Login(try await openText(sealed, at: cell)) else { throw try await refused(cell) }
        return login
    }

    /// The statement that makes a person.
    func insertUser(_ id: UserID, login: Login, displayName: DisplayName?, at: Date) throws -> BoundStatement {
        BoundStatement(
            InsertUser(
                id: id, sealedLogin: try seal(login.written, at: Cell(.login, row: id)),
                sealedDisplayName: try sealedName(displayName, of: id), at: at))
    }

    /// The statements that list a person by his login in the place of what he was listed by.
    func list(_ id: UserID, by login: Login, in transaction: any TenantTransaction) async throws -> [BoundStatement] {
        let entries = try await entriesToStore(login, in: transaction)
        return [BoundStatement(DeleteLoginEntries(user: id))]
            + entries.map { BoundStatement(AddLoginEntry(entry: $0, user: id)) }
    }

    /// The statement that changes a person's login or name where a new one is given.
    func updateUser(_ id: UserID, to changes: UserChanges, at: Date) throws -> BoundStatement {
        let login = try changes.login.map { try seal($0.written, at: Cell(.login, row: id)) }
        let name = try sealedName(changes.displayName, of: id)
        return BoundStatement(UpdateUser(id: id, sealedLogin: login, sealedDisplayName: name, at: at))
    }

    private func sealedName(_ name: DisplayName?, of id: UserID) throws -> [UInt8]? {
        try name.map { try seal($0.text, at: Cell(.displayName, row: id)) }
    }

    // MARK: Invitations

    func invitation(_ stored: StoredInvitation) async throws -> Invitation {
        let offer = try await offer(stored.sealedOffer, of: stored.id)
        return Invitation(
            id: stored.id, login: offer.login, displayName: offer.displayName, roles: stored.roles, user: stored.user,
            invitedBy: stored.invitedBy, invitedByKey: stored.invitedByKey, createdAt: stored.createdAt,
            expiresAt: stored.expiresAt)
    }

    /// An invitation that its token was presented for.
    func openInvitation(_ stored: StoredInvitation) async throws -> OpenInvitation {
        let offer = try await offer(stored.sealedOffer, of: stored.id)
        guard let login = Login(offer.login) else { throw try await refused(Cell(.invitationOffer, row: stored.id)) }
        return OpenInvitation(
            id: stored.id, login: login, displayName: offer.displayName, roles: stored.roles, user: stored.user,
            invitedBy: stored.invitedBy, invitedByKey: stored.invitedByKey)
    }

    /// The statements that add an invitation in the place of an open one for the same login.
    func insert(
        _ invitation: Invitation, login: Login, tokenHash: [UInt8], at: Date, in transaction: any TenantTransaction
    ) async throws -> [BoundStatement] {
        let entries = try await entriesToStore(login, in: transaction)
        let known = try entriesToFind(login) + entries.map(\.entry)
        guard let entry = entries.last?.entry else { throw KeyringError.unknownKey }
        let sealed = try seal(InvitationOffer(invitation).bytes, at: Cell(.invitationOffer, row: invitation.id))
        return [
            BoundStatement(RevokeOpenInvitation(entries: known, at: at)),
            BoundStatement(
                InsertInvitation(
                    invitation: invitation, sealedOffer: sealed, loginEntry: entry, tokenHash: tokenHash)),
        ]
    }

    /// The statement that adds an invitation to a tenant which is about to be made.
    func insert(_ invitation: Invitation, login: Login, tokenHash: [UInt8]) throws -> BoundStatement {
        guard let entry = try entriesToFind(login).first else { throw KeyringError.unknownKey }
        let sealed = try seal(InvitationOffer(invitation).bytes, at: Cell(.invitationOffer, row: invitation.id))
        return BoundStatement(
            InsertInvitation(invitation: invitation, sealedOffer: sealed, loginEntry: entry, tokenHash: tokenHash))
    }

    private func offer(_ sealed: [UInt8], of id: InvitationID) async throws -> InvitationOffer {
        let cell = Cell(.invitationOffer, row: id)
        guard let offer = InvitationOffer(try await open(sealed, at: cell)) else { throw try await refused(cell) }
        return offer
    }

    // MARK: Origins

    func sealOrigin(_ origin: RequestOrigin, at cell: Cell) throws -> [UInt8] {
        try seal(SealedOrigin(origin).bytes, at: cell)
    }

    func openOrigin(_ sealed: [UInt8], at cell: Cell) async throws -> SealedOrigin {
        let bytes = try await open(sealed, at: cell)
        guard let origin = try? SealedOrigin(bytes) else { throw try await refused(cell) }
        return origin
    }
}

/// An invitation that can be taken up.
struct OpenInvitation: Sendable {
    let id: InvitationID
    let login: Login
    let displayName: String?
    let roles: [String]
    let user: UserID?
    let invitedBy: UserID?
    let invitedByKey: KeyID?
}
