/// What an engine answers: the parts from which the envelope is made.
struct VaultAnswer {
    enum Form {
        /// The envelope with its request id.
        case envelope
        /// The envelope, and the members of the data beside it once more; older paths of the system do so.
        case flattened
        /// The data alone.
        case bare
        /// No body at all.
        case nothing
    }

    var status = 200
    var data: JSONValue = .null
    var auth: JSONValue = .null
    var wrapInfo: JSONValue = .null
    var leaseDuration = 0
    var warnings: [String] = []
    var form = Form.envelope
    /// A login that succeeded; a token is made from it.
    var grant: TokenGrant?

    static let done = VaultAnswer(status: 204, form: .nothing)

    static func data(_ data: JSONValue) -> VaultAnswer { VaultAnswer(data: data) }

    static func keys(_ keys: some Collection<String>) throws(VaultRefusal) -> VaultAnswer {
        guard !keys.isEmpty else { throw .absent }
        return .data(["keys": .strings(keys.sorted())])
    }

    static func auth(_ auth: JSONValue) -> VaultAnswer { VaultAnswer(auth: auth) }

    static func login(_ grant: TokenGrant) -> VaultAnswer { VaultAnswer(grant: grant) }

    /// The answer to a path that a mount of this kind does not serve, with advice.
    static func advice(_ warning: String) -> VaultAnswer { VaultAnswer(status: 404, warnings: [warning]) }

    var reply: HTTPReply {
        switch form {
        case .envelope: .json(status, .object(envelope))
        case .flattened: .json(status, .object(envelope.merging(data.object ?? [:]) { own, _ in own }))
        case .bare: .json(status, data)
        case .nothing: HTTPReply(status: status)
        }
    }

    private var envelope: [String: JSONValue] {
        [
            // An answer that is wrapped is told apart by what it wraps; its own id stays empty.
            "request_id": .string(wrapInfo == .null ? RandomText.identifier() : ""),
            "lease_id": "", "renewable": false, "lease_duration": .integer(leaseDuration),
            "data": data, "wrap_info": wrapInfo, "auth": auth,
            "warnings": warnings.isEmpty ? .null : .strings(warnings),
        ]
    }
}

/// A status and the reasons beside it.
struct VaultRefusal: Error {
    var status: Int
    var errors: [String]

    static let absent = VaultRefusal(status: 404, errors: [])
    static let badToken = VaultRefusal(status: 403, errors: ["permission denied"])
    static let denied = VaultRefusal(status: 403, errors: ["1 error occurred:\n\t* permission denied\n\n"])
    static let sealed = VaultRefusal(status: 503, errors: ["Vault is sealed"])
    static let unsupportedPath = VaultRefusal(status: 404, errors: ["1 error occurred:\n\t* unsupported path\n\n"])
    static let unsupportedOperation = VaultRefusal(
        status: 405, errors: ["1 error occurred:\n\t* unsupported operation\n\n"])

    static func invalid(_ reason: String) -> VaultRefusal { VaultRefusal(status: 400, errors: [reason]) }

    var reply: HTTPReply { .errors(status, errors) }
}
