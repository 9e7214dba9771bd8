import Cryptography

/// What an invitation offers to whom, as it is sealed: a list of the login and, where there is one, the name.
struct InvitationOffer: Sendable {
    let login: String
    let displayName: String?

    init(_ invitation: Invitation) {
        self.init(login: invitation.login, displayName: invitation.displayName)
    }

    init(login: String, displayName: String?) {
        self.login = login
        self.displayName = displayName
    }

    /// `nil` for bytes that are no such list.
    init?(_ bytes: [UInt8]) {
        guard let parts = LengthPrefixed.decode(bytes), (1...2).contains(parts.count) else { return nil }
        login = String(decoding: parts[0], as: UTF8.self)
        displayName = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil
    }

    var bytes: [UInt8] { LengthPrefixed.encode([login, displayName].compactMap { $0.map { Array($0.utf8) } }) }

    /// The login alone, in UTF-8.
    static func login(of bytes: [UInt8]) -> [UInt8]? { InvitationOffer(bytes).map { Array($0.login.utf8) } }
}
