import Foundation
package import PluginKit

/// The devices that people of one tenant are known by: a stranger's failures do not slow them, and where the tenant lets
/// them be remembered, they need not prove a second factor each time.
struct Devices: Sendable {
    static let lifetimeSeconds = 90 * 86_400

    let tenant: Tenant
    let now: @Sendable () -> Date

    /// The device of this token, if it is one of the person's. Nobody's costs the same look-up.
    func find(_ text: SecretText?, of user: UserID?) async throws -> KnownDevice? {
        guard let text, let token = OpaqueToken(.device, text: text) else { return nil }
        let owner = user ?? UserID(rawValue: Self.nobody)
        return try await tenant.database.first(FindDevice(hash: token.hash, user: owner, at: now()))
    }

    private static let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    /// A new device of a person, and the statements that add it in the place of the one that he came with.
    func make(
        for user: UserID, provedSecondFactor: Bool, inPlaceOf old: KnownDevice?
    ) throws -> (device: NewDevice, statements: [BoundStatement]) {
        let token = try OpaqueToken.make(.device)
        let add = AddDevice(
            hash: token.hash, user: user, provedAt: provedSecondFactor ? now() : nil, at: now(),
            expiresAt: now().addingTimeInterval(TimeInterval(Self.lifetimeSeconds)))
        let forget = old.map { [BoundStatement(ForgetDevice(hash: $0.hash, user: user))] } ?? []
        let device = NewDevice(token: token.text, lifetimeSeconds: Self.lifetimeSeconds)
        return (device, forget + [BoundStatement(add)])
    }

    /// Whether a device has proved a second factor so lately that the tenant believes it.
    func isRemembered(_ device: KnownDevice?) -> Bool {
        guard let provedAt = device?.provedAt else { return false }
        return now() < provedAt.addingTimeInterval(tenant.policy.secondFactor.remember.timeInterval)
    }
}

/// What a client says of its device: by which token it is known, and whether it wants to be known from now on.
package struct DeviceClaim: Sendable {
    package let token: SecretText?
    package let wantsToBeKnown: Bool

    package init(token: SecretText? = nil, wantsToBeKnown: Bool = false) {
        self.token = token
        self.wantsToBeKnown = wantsToBeKnown
    }
}

/// A device that a person is known by.
package struct KnownDevice: Sendable {
    let hash: [UInt8]
    /// When a second factor was proved from it.
    let provedAt: Date?
}

/// A device that is known from now on; its token exists only here.
package struct NewDevice: Sendable {
    package let token: SecretText
    package let lifetimeSeconds: Int
}
