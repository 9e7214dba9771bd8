import Foundation

/// One tenant over HTTP, as its people use it; for preparing a load, not for measuring.
struct TenantClient {
    let issuer: URL
    let server: URL

    /// What a completed sign-in hands out.
    struct Tokens: Decodable {
        let accessToken: String
        let refreshToken: String
    }

    /// Takes up an invitation. Each caller names another `network`, so that no limit holds him up.
    func accept(_ invitation: String, password: String, from network: String) async throws -> Tokens {
        try await post(
            issuer.appending(path: "invitations/accept"), ["token": invitation, "password": password],
            headers: ["X-Forwarded-For": network])
    }

    func signIn(_ login: String, password: String, from network: String) async throws -> Tokens {
        try await post(
            issuer.appending(path: "login"), ["login": login, "password": password],
            headers: ["X-Forwarded-For": network])
    }

    /// Invites somebody in the name of an owner, and gives back the token of the invitation.
    func invite(_ login: String, owner: Tokens) async throws -> String {
        struct Answer: Decodable { let token: String }
        let route = server.appending(path: "v1/tenants/\(issuer.lastPathComponent)/invitations")
        let answer: Answer = try await post(
            route, ["login": login], headers: ["Authorization": "Bearer \(owner.accessToken)"])
        return answer.token
    }

    /// Makes an API key in the name of an owner, and gives back its text.
    func makeKey(_ name: String, owner: Tokens) async throws -> String {
        struct Wish: Encodable {
            let name: String
            let scopes = ["users.read"]
        }
        struct Answer: Decodable { let key: String }
        let request = JSONRequest(
            method: "POST", url: keys, headers: ["Authorization": "Bearer \(owner.accessToken)"],
            body: try JSONEncoder().encode(Wish(name: name)))
        let answer: Answer = try await request.answer()
        return answer.key
    }

    /// How often the secrets of all API keys were used.
    func keyUses(owner: Tokens) async throws -> Int {
        struct Secret: Decodable { let useCount: Int }
        struct Key: Decodable { let secrets: [Secret] }
        struct Page: Decodable {
            let data: [Key]
            let nextCursor: String?
        }
        var (uses, cursor): (Int, String?) = (0, nil)
        repeat {
            let query =
                [URLQueryItem(name: "limit", value: "200")]
                + (cursor.map { [URLQueryItem(name: "cursor", value: $0)] } ?? [])
            let request = JSONRequest(
                method: "GET", url: keys.appending(queryItems: query),
                headers: ["Authorization": "Bearer \(owner.accessToken)"])
            let page: Page = try await request.answer()
            uses += page.data.flatMap(\.secrets).reduce(0) { $0 + $1.useCount }
            cursor = page.nextCursor
        } while cursor != nil
        return uses
    }

    private var keys: URL { server.appending(path: "v1/tenants/\(issuer.lastPathComponent)/api-keys") }

    private func post<Answer: Decodable>(
        _ url: URL, _ body: [String: String], headers: [String: String]
    ) async throws -> Answer {
        try await JSONRequest(method: "POST", url: url, headers: headers, body: JSONEncoder().encode(body)).answer()
    }
}
