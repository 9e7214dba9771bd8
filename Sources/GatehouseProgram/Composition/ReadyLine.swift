import Foundation
import Kernel
import PluginKit

/// Says, once both ports take connections, where the server is and how the first owners get in.
actor ReadyLine {
    private let output: Output
    private let url: String
    private let tenants: Int
    private let invitations: [OwnerInvitation]
    private var operationsURL: String?
    private var isServingClients = false

    init(output: Output, url: String, tenants: Int, invitations: [OwnerInvitation]) {
        self.output = output
        self.url = url
        self.tenants = tenants
        self.invitations = invitations
    }

    func operationsBound(_ url: String) {
        operationsURL = url
        sayWhenReady()
    }

    func clientsBound(_ url: String) {
        isServingClients = true
        sayWhenReady()
    }

    private func sayWhenReady() {
        guard isServingClients, let operationsURL else { return }
        let event = ReadyEvent(url: url, operationsUrl: operationsURL, tenants: tenants, invitations: invitations)
        // Nobody may be listening to standard output; the server serves all the same.
        try? output.show(event) { words(operationsURL) }
    }

    private func words(_ operationsURL: String) -> String {
        let links = invitations.flatMap { invitation in
            [
                "", "\(invitation.tenant) has no owner yet. Whoever opens this link becomes one; it works once:",
                "  \(invitation.url)",
            ]
        }
        return (["serving \(tenants) tenants at \(url), operations at \(operationsURL)"] + links)
            .joined(separator: "\n")
    }
}

/// The line that `serve --json` prints when it is ready.
private struct ReadyEvent: Encodable {
    let event = "ready"
    let url: String
    let operationsUrl: String
    let tenants: Int
    let invitations: [OwnerInvitation]

    private enum CodingKeys: String, CodingKey {
        case event, url, operationsUrl, tenants, invitations
    }
}

/// A first owner's invitation, as the ready line shows it.
struct OwnerInvitation: Encodable {
    let tenant: String
    let role = BuiltInRole.owner.rawValue
    let token: String
    let url: String
    let expiresAt: Date

    init(_ new: NewInvitation, tenant: Tenant) {
        self.tenant = tenant.slug.text
        token = new.token.withExposed { $0 }
        url = new.url
        expiresAt = new.invitation.expiresAt
    }

    private enum CodingKeys: String, CodingKey {
        case tenant, role, token, url, expiresAt
    }
}
