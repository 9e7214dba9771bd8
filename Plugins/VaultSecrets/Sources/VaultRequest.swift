import PluginKit

/// One request to Vault, without the token.
struct VaultRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    let method: Method
    /// Below `/v1/`; made of names that were checked, so it needs no escaping.
    let path: String
    /// The fields of a JSON object, or no body.
    let fields: [String: SecretText]?
    /// Whether carrying it out twice does no harm, so that it may be tried again without knowing what became of it.
    let isRepeatable: Bool

    static func get(_ path: String) -> VaultRequest {
        VaultRequest(method: .get, path: path, fields: nil, isRepeatable: true)
    }

    static func post(_ path: String, _ fields: [String: SecretText]? = nil, isRepeatable: Bool) -> VaultRequest {
        VaultRequest(method: .post, path: path, fields: fields, isRepeatable: isRepeatable)
    }
}
