import Foundation
import Kernel
import PluginKit

/// What a call that makes a tenant answers.
struct OnboardedView: Encodable {
    let tenant: TenantView
    let issuer: String
    let handedOut: HandedOut
    let checks: [TenantCheckView]

    private enum CodingKeys: String, CodingKey {
        case tenant, issuer, invitation, apiKey, checks
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(tenant, forKey: .tenant)
        try container.encode(issuer, forKey: .issuer)
        try container.encodeIfPresent(handedOut.invitation, forKey: .invitation)
        try container.encodeIfPresent(handedOut.apiKey, forKey: .apiKey)
        try container.encode(checks, forKey: .checks)
    }
}

/// What such a call hands out, some of it this once; kept, sealed, for repeats.
struct HandedOut: Codable {
    let invitation: OwnerInvitationView?
    let apiKey: FirstKeyView?

    init(_ onboarded: OnboardedTenant) {
        invitation = onboarded.invitation.map { OwnerInvitationView($0) }
        apiKey = onboarded.key.map { FirstKeyView($0) }
    }

    /// Reads what ``ResponseEncoding`` wrote of one.
    init(_ kept: [UInt8]) throws {
        self = try ResponseEncoding.decode(HandedOut.self, from: kept)
    }
}

/// The first owner's invitation; `token` and `url` stand in it only when it was made just now.
struct OwnerInvitationView: Codable {
    let id: InvitationID
    let login: String
    let token: String?
    let url: String?
    // Written once, so that a repeat says the same to the last digit.
    let expiresAt: String

    init(_ offered: OnboardedTenant.OfferedInvitation) {
        switch offered {
        case .new(let new):
            self.init(new.invitation, token: new.token.withExposed { $0 }, url: new.url)
        case .open(let invitation): self.init(invitation, token: nil, url: nil)
        }
    }

    private init(_ invitation: Invitation, token: String?, url: String?) {
        id = invitation.id
        login = invitation.login
        self.token = token
        self.url = url
        expiresAt = RFC3339.write(invitation.expiresAt)
    }
}

/// The tenant's first API key; `key` stands in it only when it was made just now.
struct FirstKeyView: Codable {
    let id: KeyID
    let name: String
    let key: String?
    let secretId: KeySecretID?
    let scopes: [String]
    let expiresAt: String?

    init(_ ensured: EnsuredAPIKey) {
        switch ensured {
        case .new(let issued): self.init(issued.key, text: issued.text.withExposed { $0 }, secret: issued.secret)
        case .present(let key): self.init(key, text: nil, secret: key.current?.id)
        }
    }

    private init(_ key: APIKey, text: String?, secret: KeySecretID?) {
        id = key.id
        name = key.name
        self.key = text
        secretId = secret
        scopes = key.scopes.map(\.rawValue).sorted()
        expiresAt = (key.current?.expiresAt).map(RFC3339.write)
    }
}

/// What came of trying one thing at a tenant.
struct TenantCheckView: Encodable {
    let name: String
    let state: String
    let detail: String
    let fix: String?

    init(_ check: TenantCheck) {
        name = check.name.rawValue
        state = check.state.rawValue
        detail = check.detail
        fix = check.fix
    }
}

extension Problem {
    /// What an operator is told where a tenant was not made or brought in line.
    ///
    /// - Parameter configuration: the one that was sent.
    init(making refusal: OnboardingRefusal, by configuration: SettingsNode?) {
        switch refusal {
        case .slugKept: self.init(.slugTaken)
        case .exists: self.init(.preconditionFailed, detail: "There is such a tenant already.")
        case .refused(.lifetimeTooLong(let seconds)):
            self.init(.invalidBody, errors: [.lifetimeTooLong(seconds, at: "/api_key/expires_in_seconds")])
        case .managedByFile, .configuration, .doesNotOpen, .changedMeanwhile, .refused:
            self.init(
                refusal, document: configuration ?? SettingsNode(.null, line: 1), at: JSONPointer().appending("config"))
        }
    }
}
