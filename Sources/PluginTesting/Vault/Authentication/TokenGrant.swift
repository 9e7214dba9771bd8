/// What a token is to be like, as a login or an explicit wish has it.
struct TokenGrant {
    var policies: [String]
    /// Without the policy `default`, which is added otherwise.
    var omitsDefaultPolicy = false
    var metadata: JSONValue = .null
    var displayName = "token"
    /// The path that made it.
    var path: String
    /// Seconds; 0: as long as the system allows.
    var lifeSeconds = 0
    /// Seconds up to which it can be renewed; 0: as long as the system allows.
    var maxLifeSeconds = 0
    /// As ``maxLifeSeconds``, and shown as such.
    var explicitMaxSeconds = 0
    /// Seconds; with one, it can be renewed for ever. 0: none.
    var periodSeconds = 0
    /// 0: any number.
    var uses = 0
    var isRenewable = true
    var isBatch = false
    var isOrphan = true
    var boundNetworks: [Network] = []
    var entityID = ""
    /// A name of the caller's choice; `nil`: one that nobody can guess.
    var id: String?
}
