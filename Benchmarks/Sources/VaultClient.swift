import Foundation

/// The double of Vault as its operator uses it, and what it remembers of its clients.
struct VaultClient {
    /// Who every tenant logs in as.
    struct Role {
        let roleID: String
        let secretID: String
    }

    struct Journal: Decodable {
        struct Request: Decodable {
            let path: String
        }

        let requests: [Request]
        let mostAtOnce: Int
    }

    private struct Ready: Decodable {
        let address: URL
        let token: String
    }

    private struct Envelope<Content: Decodable>: Decodable {
        let data: Content
    }

    let address: URL
    private let token: String

    /// - Parameter ready: the line that `vault-double` prints.
    init(ready: String) throws {
        let ready = try JSONDecoder().decode(Ready.self, from: Data(ready.utf8))
        (address, token) = (ready.address, ready.token)
    }

    /// Makes a role that may read everything, writes two peppers for each tenant, and slows the answers down from then on.
    func prepare(tenants: [String]) async throws -> Role {
        let role = try await makeRole()
        for tenant in tenants {
            for name in ["pepper", "previous"] {
                let value = "the \(name) of \(tenant), which is long enough"
                try await write("v1/secret/data/\(tenant)/\(name)", ["data": ["value": value]])
            }
        }
        try await write("double/faults", Latency(milliseconds: StartUp.latencyMilliseconds))
        return role
    }

    /// Every request since the journal was cleared.
    func journal() async throws -> Journal {
        try await request("GET", "double/journal").answer()
    }

    func clearJournal() async throws {
        try await request("DELETE", "double/journal").send()
    }

    private func makeRole() async throws -> Role {
        struct RoleID: Decodable { let roleId: String }
        struct SecretID: Decodable { let secretId: String }
        try await write("v1/sys/auth/approle", ["type": "approle"])
        let policy = #"path "secret/data/*" { capabilities = ["read"] }"#
        try await write("v1/sys/policies/acl/bench", ["policy": policy])
        try await write("v1/auth/approle/role/bench", ["token_policies": ["bench"]])
        let role: Envelope<RoleID> = try await request("GET", "v1/auth/approle/role/bench/role-id").answer()
        let secret: Envelope<SecretID> = try await request("POST", "v1/auth/approle/role/bench/secret-id").answer()
        return Role(roleID: role.data.roleId, secretID: secret.data.secretId)
    }

    private func write(_ path: String, _ body: some Encodable) async throws {
        var request = request("POST", path)
        request.body = try JSONEncoder().encode(body)
        try await request.send()
    }

    private func request(_ method: String, _ path: String) -> JSONRequest {
        JSONRequest(method: method, url: address.appending(path: path), headers: ["X-Vault-Token": token])
    }
}

/// A fault that makes every answer come later.
private struct Latency: Encodable {
    let fault = "latency"
    let milliseconds: Int

    private enum CodingKeys: String, CodingKey {
        case fault, milliseconds
    }
}
