import Logging
import PluginKit

/// Lists the people, open invitations and requests to sign up of one tenant under a data key that they are not listed under yet.
///
/// Whoever changes a login meanwhile lists it under all keys himself; his entry wins.
struct LoginListing: Sendable {
    static let pageSize = 200

    let database: any TenantDatabase
    let keyring: TenantKeyring
    let key: DataKeyID
    let logger: Logger

    /// Lists everybody who is not deleted.
    ///
    /// - Returns: how many people could not be listed, since their logins do not open.
    func listPeople() async throws -> Int {
        var (after, damaged): (UserID?, Int) = (nil, 0)
        while true {
            let page = try await database.rows(ListUnlistedUsers(key: key, after: after, limit: Self.pageSize))
            guard let last = page.last else { return damaged }
            try Task.checkCancellation()
            let entries = try page.compactMap { user in try statement(listing: user) }
            if !entries.isEmpty { _ = try await database.run(entries) }
            (after, damaged) = (last.id, damaged + page.count - entries.count)
        }
    }

    /// Gives every open invitation its entry under the key.
    func listInvitations() async throws {
        var after: InvitationID?
        while true {
            let page = try await database.rows(ListOpenInvitations(after: after, limit: Self.pageSize))
            guard let last = page.last else { return }
            let entries = try page.compactMap { invitation in try statement(listing: invitation) }
            if !entries.isEmpty { _ = try await database.run(entries) }
            after = last.id
        }
    }

    /// Gives every request to sign up its entry under the key.
    func listSignUps() async throws {
        var after: SignUpID?
        while true {
            let page = try await database.rows(ListAllSignUps(after: after, limit: Self.pageSize))
            guard let last = page.last else { return }
            let entries = try page.compactMap { request in try statement(listing: request) }
            if !entries.isEmpty { _ = try await database.run(entries) }
            after = last.id
        }
    }

    private func statement(listing request: StoredSignUp) throws -> BoundStatement? {
        let cell = Cell(.signUpLogin, row: request.id)
        guard let offer = try? keyring.openOrTake(request.sealedLogin, at: cell),
            let text = InvitationOffer.login(of: offer), let entry = try entry(of: text)
        else { return nil }
        return BoundStatement(SetSignUpEntry(id: request.id, entry: entry))
    }

    private func statement(listing user: ListedUser) throws -> BoundStatement? {
        let cell = Cell(.login, row: user.id)
        guard let text = try? keyring.openOrTake(user.sealedLogin, at: cell), let entry = try entry(of: text) else {
            logger.reportDamage(at: cell, of: "users.sealed_login")
            return nil
        }
        let add = AddMissingLoginEntry(
            entry: LoginEntry(entry: entry, key: key), user: user.id, sealedLogin: user.sealedLogin)
        return BoundStatement(add)
    }

    private func statement(listing invitation: StoredInvitation) throws -> BoundStatement? {
        let cell = Cell(.invitationOffer, row: invitation.id)
        guard let offer = try? keyring.openOrTake(invitation.sealedOffer, at: cell),
            let text = InvitationOffer.login(of: offer), let entry = try entry(of: text)
        else { return nil }
        return BoundStatement(SetInvitationEntry(id: invitation.id, entry: entry))
    }

    private func entry(of login: [UInt8]) throws -> [UInt8]? {
        guard let login = Login(String(decoding: login, as: UTF8.self)) else { return nil }
        return try keyring.authenticator(for: .login, under: key)(Array(login.canonical.utf8))
    }
}
