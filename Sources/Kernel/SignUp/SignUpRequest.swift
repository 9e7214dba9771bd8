package import Foundation
package import PluginKit

/// Somebody's wish to become a person of a tenant. Nobody has proved that the login is his.
package struct SignUpRequest: Sendable {
    package let id: SignUpID
    package let login: String
    package let displayName: String?
    package let createdAt: Date
    package let expiresAt: Date
}

/// A request as the database has it.
struct StoredSignUp: Sendable {
    let id: SignUpID
    let sealedLogin: [UInt8]
    let createdAt: Date
    let expiresAt: Date
}

extension TenantCells {
    func signUp(_ stored: StoredSignUp) async throws -> SignUpRequest {
        let offer = try await offer(of: stored)
        return SignUpRequest(
            id: stored.id, login: offer.login, displayName: offer.displayName, createdAt: stored.createdAt,
            expiresAt: stored.expiresAt)
    }

    /// Who asks: his login as he wrote it, and his name.
    func asker(_ stored: StoredSignUp) async throws -> (login: Login, displayName: DisplayName?) {
        let offer = try await offer(of: stored)
        guard let login = Login(offer.login) else { throw try await refused(Cell(.signUpLogin, row: stored.id)) }
        return (login, offer.displayName.flatMap(DisplayName.init))
    }

    private func offer(of stored: StoredSignUp) async throws -> InvitationOffer {
        let cell = Cell(.signUpLogin, row: stored.id)
        guard let offer = InvitationOffer(try await open(stored.sealedLogin, at: cell)) else {
            throw try await refused(cell)
        }
        return offer
    }
}
