import HTTPTypes
import Kernel
import Testing
import WebAPI

/// Every kind of credential that a client may hold, by name, for asking routes with the wrong ones.
struct Credentials: Sendable {
    let owner: Person
    let viewer: Person
    let rival: Person
    let signedOut: Person
    let operatorKey: String
    /// A key that allows everything, one of the rival that does, one that allows next to nothing, and one that is revoked.
    let machine: Machine
    let rivalMachine: Machine
    let weakMachine: Machine
    private let revokedKey: String

    init(of house: House) async throws {
        owner = try await house.owner()
        viewer = try await house.person(at: house.acme, "viewer")
        rival = try await house.person(at: house.rival, "owner")
        signedOut = try await house.owner()
        operatorKey = house.operatorKey
        machine = try await house.machine(Permission.allCases)
        rivalMachine = try await house.machine(at: house.rival, Permission.allCases)
        weakMachine = try await house.machine([.productRead])
        let revoked = try await house.machine(Permission.allCases)
        revokedKey = revoked.key
        _ = try await owner.admin(.post, "/api-keys/\(revoked.id)/revoke")
        _ = try await signedOut.own(.post, "/logout")
    }

    /// Headers that must open no route that needs `requirement`, by what is wrong with them.
    func unfit(for requirement: AccessRequirement) -> [(flaw: String, headers: HTTPFields)] {
        let right = right(for: requirement)
        return bad + foreign(to: requirement) + [
            ("another scheme", [.authorization: "Basic \(right)"]),
            ("no scheme", [.authorization: right]),
            ("one letter more", Self.bearer(right + "A")),
            ("the credential twice", Self.twice(right)),
            ("the credential in a cookie", [.cookie: "access_token=\(right)"]),
        ]
    }

    /// The credential that opens a route of `requirement`.
    func right(for requirement: AccessRequirement) -> String {
        requirement == .operatorKey ? operatorKey : owner.accessToken
    }

    /// Good credentials of another plane or tenant.
    private func foreign(to requirement: AccessRequirement) -> [(String, HTTPFields)] {
        let key = ("an API key", Self.bearer(machine.key))
        let rivals = [
            ("another tenant's token", Self.bearer(rival.accessToken)),
            ("another tenant's API key", Self.bearer(rivalMachine.key)),
        ]
        return switch requirement {
        case .operatorKey: [("an access token", Self.bearer(owner.accessToken)), key] + rivals
        case .person: [("an operator's key", Self.bearer(operatorKey)), key] + rivals
        case .permission: [("an operator's key", Self.bearer(operatorKey))] + rivals
        case .operatorOr: rivals
        case .holder, .anyone: [("an operator's key", Self.bearer(operatorKey))]
        }
    }

    private var bad: [(String, HTTPFields)] {
        [
            ("nothing", [:]),
            ("an empty credential", Self.bearer("")),
            ("garbage", Self.bearer("garbage")),
            ("a refresh token", Self.bearer(owner.refreshToken)),
            ("the token of a session that is over", Self.bearer(signedOut.accessToken)),
            ("a token without its signature", Self.bearer(Self.unsigned(owner.accessToken))),
            ("an API key that is revoked", Self.bearer(revokedKey)),
            ("an API key with another last letter", Self.bearer(Self.mistyped(machine.key))),
            (
                "an API key of 513 bytes",
                Self.bearer(machine.key + String(repeating: "A", count: 513 - machine.key.utf8.count))
            ),
        ]
    }

    static func bearer(_ credential: String) -> HTTPFields { [.authorization: "Bearer \(credential)"] }

    private static func twice(_ credential: String) -> HTTPFields {
        var headers = bearer(credential)
        headers.append(HTTPField(name: .authorization, value: "Bearer \(credential)"))
        return headers
    }

    private static func mistyped(_ key: String) -> String { key.dropLast() + (key.last == "A" ? "B" : "A") }

    private static func unsigned(_ token: String) -> String {
        token.split(separator: ".").prefix(2).joined(separator: ".") + "."
    }
}
