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

    init(of house: House) async throws {
        owner = try await house.owner()
        viewer = try await house.person(at: house.acme, "viewer")
        rival = try await house.person(at: house.rival, "owner")
        signedOut = try await house.owner()
        operatorKey = house.operatorKey
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
        guard requirement != .operatorKey else { return [("an access token", Self.bearer(owner.accessToken))] }
        return [
            ("an operator's key", Self.bearer(operatorKey)), ("another tenant's token", Self.bearer(rival.accessToken)),
        ]
    }

    private var bad: [(String, HTTPFields)] {
        [
            ("nothing", [:]),
            ("an empty credential", Self.bearer("")),
            ("garbage", Self.bearer("garbage")),
            ("a refresh token", Self.bearer(owner.refreshToken)),
            ("the token of a session that is over", Self.bearer(signedOut.accessToken)),
            ("a token without its signature", Self.bearer(Self.unsigned(owner.accessToken))),
        ]
    }

    static func bearer(_ credential: String) -> HTTPFields { [.authorization: "Bearer \(credential)"] }

    private static func twice(_ credential: String) -> HTTPFields {
        var headers = bearer(credential)
        headers.append(HTTPField(name: .authorization, value: "Bearer \(credential)"))
        return headers
    }

    private static func unsigned(_ token: String) -> String {
        token.split(separator: ".").prefix(2).joined(separator: ".") + "."
    }
}
