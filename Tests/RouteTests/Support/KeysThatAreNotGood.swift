import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import PluginTesting
import Testing

/// Keys of the house's first tenant that are good no more, and texts that never were, by what is wrong with them.
struct KeysThatAreNotGood: Sendable {
    let all: [String: String]

    /// Lets time pass.
    init(of house: House) async throws {
        let owner = try await house.owner()
        let admin = try await house.person(at: house.acme, "admin")
        let good = try await house.machine()
        let expired = try await house.machine(lifetimeSeconds: 60)
        let revoked = try await house.machine()
        let replaced = try await house.machine()
        _ = try await owner.admin(.post, "/api-keys/\(revoked.id)/revoke")
        _ = try await owner.admin(.post, "/api-keys/\(replaced.id)/rotate", ["overlap_seconds": 0])
        let orphan = try await house.machine(ownedBy: admin)
        _ = try await owner.admin(.post, "/users/\(admin.id)/suspend")
        house.wait(.seconds(61))
        let suspended = try await House.open(isSuspended: true).machine()
        all = [
            "revoked": revoked.key, "replaced": replaced.key, "expired": expired.key, "owner_inactive": orphan.key,
            "network_not_allowed": try await house.machine(networks: ["192.0.2.0/24"]).key,
            "unknown": try Self.forgery(by: house.acme),
            "tag of nobody": try Self.forgery(by: house.acme, isOwn: false),
            "mistyped": good.key.dropLast() + (good.key.last == "A" ? "B" : "A"),
            "other prefix": "x" + good.key, "garbage": "garbage",
            "too long": good.key + String(repeating: "A", count: 512),
            "of a suspended tenant": suspended.key, "with a blank": good.key + " ",
        ]
    }

    /// Why it is not good, as those who may know are told.
    func code(of reason: String) -> String {
        switch reason {
        case "revoked", "replaced", "expired", "owner_inactive", "network_not_allowed", "unknown": reason
        // Of the same form as this tenant's own, but for the prefix, which is made of the slug.
        case "tag of nobody": "unknown"
        default: "malformed"
        }
    }

    /// A key of the form that `tenant` gives its own, which was never handed out; at nobody's address unless it is to be
    /// the tenant's.
    static func forgery(by tenant: TestTenant, isOwn: Bool = true) throws -> String {
        let now = tenant.clock.now
        let authenticator = try #require(tenant.tenant.keys).authenticator
        let tag = TenantTag(isOwn ? tenant.id : TenantID.make(at: now))
        return try authenticator.makeKey(at: KeyAddress(tenant: tag, key: KeyTag(.make(at: now)))).withExposed { $0 }
    }
}
