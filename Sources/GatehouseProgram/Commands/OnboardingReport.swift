import Foundation
import Kernel
import PluginKit

/// What `tenants create` has done, with what is shown once.
struct OnboardingReport: Encodable {
    private let tenant: String
    private let tenantId: TenantID
    private let created: Bool
    private let issuer: String
    private let invitation: InvitationRow?
    private let apiKey: KeyRow?
    private let checks: [TenantCheckRow]

    init(_ done: OnboardedTenant, checks: [TenantCheck]) {
        tenant = done.tenant.slug.text
        tenantId = done.tenant.id
        created = done.isNew
        issuer = done.tenant.issuer
        invitation = done.invitation.map(InvitationRow.init)
        apiKey = done.key.map(KeyRow.init)
        self.checks = checks.map(TenantCheckRow.init)
    }

    var words: String {
        let head = "\(created ? "made" : "found") \(tenant) (\(tenantId)), issuer \(issuer)"
        return ([head] + (invitation?.words ?? []) + (apiKey?.words ?? []) + [""] + checks.map(\.words))
            .joined(separator: "\n")
    }

    private struct InvitationRow: Encodable {
        let login: String
        let token: String?
        let url: String?
        let expiresAt: Date

        init(_ offered: OnboardedTenant.OfferedInvitation) {
            switch offered {
            case .new(let new):
                (login, token, url) = (new.invitation.login, new.token.withExposed { $0 }, new.url)
                expiresAt = new.invitation.expiresAt
            case .open(let open):
                (login, token, url) = (open.login, nil, nil)
                expiresAt = open.expiresAt
            }
        }

        var words: [String] {
            guard let url else {
                return ["", "\(login) is invited already; --reinvite makes a new link and ends the old one"]
            }
            return ["", "Whoever opens this link becomes the owner \(login); it works once:", "  \(url)"]
        }
    }

    private struct KeyRow: Encodable {
        let id: KeyID
        let name: String
        let key: String?
        let scopes: [String]
        let expiresAt: Date?

        init(_ ensured: EnsuredAPIKey) {
            let record: APIKey
            switch ensured {
            case .new(let issued): (record, key) = (issued.key, issued.text.withExposed { $0 })
            case .present(let present): (record, key) = (present, nil)
            }
            id = record.id
            name = record.name
            scopes = record.scopes.map(\.rawValue).sorted()
            expiresAt = record.current?.expiresAt
        }

        var words: [String] {
            guard let key else { return ["", "the API key \(name) (\(id)) is there already; it is not shown again"] }
            return ["", "The API key \(name) (\(id)), shown this once:", "  \(key)"]
        }
    }
}
