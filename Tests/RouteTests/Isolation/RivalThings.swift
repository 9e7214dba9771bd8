import DatabaseTesting
import HTTPTypes
import PluginKit
import PluginTesting
import Testing
import WebAPI

@testable import Kernel

/// One of everything that the rival tenant can have, and ids that nobody has.
struct RivalThings: Sendable {
    let owner: Person
    private let role = "rivals_only"
    private let invitation: String
    private let factor: String
    private let key: String
    private let rotation: String
    private let signUp: String
    private let askingLogin = "asking-at-rival@example.com"
    private let invitedLogin = "invited-by-rival@example.com"
    private let house: House

    init(of house: House) async throws {
        self.house = house
        owner = try await house.person(at: house.rival, "owner")
        try #require(try await owner.write(role, ["users.read"]).status == 201)
        let made = try await owner.admin(.post, "/invitations", ["login": "\(invitedLogin)"])
        invitation = try made.text(of: "id")
        factor = try await owner.own(.post, "/me/factors/totp").text(of: "factor_id")
        let body: JSON = ["name": "rivals-billing", "scopes": ["users.read"], "metadata": ["note": "rivals-note"]]
        key = try await owner.admin(.post, "/api-keys", body).text(of: "id")
        rotation = try await owner.admin(.post, "/api-key-rotations").text(of: "id")
        _ = try await house.send(.post, house.rival.people("/sign-up"), body: ["login": "\(askingLogin)"])
        let requests = try await owner.admin(.get, "/sign-up-requests").json["data"].list
        signUp = try #require(requests.first?["id"].text)
        try await house.rival.keepRevision("audience: rivals-audience\n", kernel: house.kernel)
    }

    /// What must appear in no answer of another tenant.
    var names: [String] {
        [
            owner.id, owner.login, owner.sessionID, role, invitation, invitedLogin, key, rotation, "rivals-billing",
            "rivals-note", "rivals-audience", askingLogin, signUp, "\(house.rival.id)",
        ]
    }

    /// What to put into the path of `route`: the rival's and nobody's; and what both are answered.
    func things(for route: Route) -> (theirs: String, nobodys: String, status: Int)? {
        let words = route.path.split(separator: "/")
        let now = house.acme.clock.now
        if words.contains("users") { return (owner.id, "\(UserID.make(at: now))", 404) }
        if words.contains("factors") { return (factor, "\(FactorID.make(at: now))", 404) }
        if words.contains("sessions") { return (owner.sessionID, "\(SessionID.make(at: now))", 404) }
        if words.contains("invitations") { return (invitation, "\(InvitationID.make(at: now))", 404) }
        if words.contains("api-keys") { return (key, "\(KeyID.make(at: now))", 404) }
        if words.contains("revisions") { return ("1", "2", 404) }
        if words.contains("api-key-rotations") { return (rotation, "\(KeyRotationID.make(at: now))", 404) }
        if words.contains("sign-up-requests") { return (signUp, "\(SignUpID.make(at: now))", 404) }
        // A role that is not there is made, unless a version is asked for.
        if words.contains("roles") { return (role, "nobodys_own", route.method == .put ? 412 : 404) }
        return nil
    }
}

extension TestTenant {
    /// Keeps a first document, past any rule of who writes one.
    fileprivate func keepRevision(_ document: String, kernel: KernelServices) async throws {
        let id = RevisionID.make(at: clock.now)
        let cells = try await kernel.hierarchy.cells(of: tenant, now: clock.reading)
        let sealed = try cells.seal(Array(document.utf8), at: Cell(.tenantDocument, row: id))
        _ = try await database.execute(
            AddFirstRevision(id: id, sealedDocument: sealed, author: "host", at: clock.now))
    }
}

/// A body that each route takes, so that what is refused is refused for what stands in its path.
enum SampleBodies {
    static func body(of route: Route) -> JSON? {
        let words = route.path.split(separator: "/")
        return switch (route.method, words.last) {
        case (.patch, _): words.contains("api-keys") ? ["name": "Mallory"] : ["display_name": "Mallory"]
        case (.put, "roles"): ["roles": ["viewer"]]
        case (.put, "{name}"): ["permissions": ["users.read"]]
        case (.post, "confirm"): ["code": "000000"]
        default: nil
        }
    }
}
