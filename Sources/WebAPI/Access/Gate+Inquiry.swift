import Kernel
import PluginKit

/// Somebody who asks whether an API key is good.
package struct KeyInquiry: Sendable {
    /// The tenant in the path; `nil` where the key is to name its own.
    let tenant: Tenant?
    /// `nil` for somebody who does not say who he is.
    let asker: Admitted?
}

extension Gate {
    /// Anyone who asks about keys of the tenant in the path. Who says who he is must be somebody of it who may verify keys.
    var inquirer: Access<KeyInquiry> {
        Access(.anyone) { request in
            let tenant = try await tenant(of: request)
            let asker = try await asker(request) { try await holder(of: $0, at: tenant, request) }
            return KeyInquiry(tenant: tenant, asker: asker)
        }
    }

    /// Anyone who asks about keys of whatever tenant. Who says who he is must be somebody who may verify keys at his own.
    var unnamedInquirer: Access<KeyInquiry> {
        Access(.anyone) { request in
            KeyInquiry(tenant: nil, asker: try await asker(request) { try await holder(of: $0, request) })
        }
    }

    /// A credential that is not good is refused, and not taken for none: its holder would take what he is told for all.
    private func asker(
        _ request: APIRequest, _ holder: (SecretText) async throws -> Admitted
    ) async throws -> Admitted? {
        guard let credential = try request.bearer() else { return nil }
        let admitted = try await holder(credential)
        guard Authorizer.allows(admitted.caller, .keysVerify) else {
            throw try await refusal(of: .keysVerify, admitted)
        }
        return admitted
    }
}
