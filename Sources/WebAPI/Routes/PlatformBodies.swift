import Kernel
import PluginKit

/// What an operator sends to make a tenant, or to bring it in line.
struct PutTenantBody: JSONBody {
    private let name: String
    private let configuration: SettingsNode?
    private let admin: AdminBody?
    private let key: NewAPIKey?

    init(reading body: BodyReader) {
        name = body.text("name", bytes: FieldLimits.nameBytes, check: .displayName)
        configuration = body.optionalSettings("config")
        admin = body.optionalObject("admin", AdminBody.self)
        key = body.optionalObject("api_key", CreateKeyBody.self)?.key
    }

    /// - Throws: `invalid_body` for a slug that is none.
    func wish(slug text: String, mustBeNew: Bool) throws(Problem) -> OnboardingWish {
        guard let slug = TenantSlug(text) else {
            let problem = TenantID(text) == nil ? TenantSlug.problem(text) : "must be a slug here, not an id"
            throw Problem(.badRequest, detail: "The tenant in the path \(problem ?? "is no slug").")
        }
        return OnboardingWish(
            slug: slug, name: name, configuration: configuration, admin: admin?.admin, key: key, mustBeNew: mustBeNew)
    }
}

private struct AdminBody: JSONBody {
    let admin: OnboardingWish.Admin?

    init(reading body: BodyReader) {
        let login = Login(body.text("login", bytes: FieldLimits.loginBytes, check: .login))
        let name = body.optionalText("display_name", bytes: FieldLimits.nameBytes, check: .displayName)
        let isInvitedAnew = body.optionalBoolean("reinvite") ?? false
        admin = login.map {
            OnboardingWish.Admin(
                login: $0, displayName: name.flatMap(DisplayName.init), isInvitedAnew: isInvitedAnew)
        }
    }
}

extension BodyReader {
    /// An object whose members are a settings document's; `nil` where it is left out.
    func optionalSettings(_ name: String) -> SettingsNode? {
        optionalValue(name) { value, pointer in
            guard case .object = value else {
                return self.refuse(pointer, "wrong_type", "must be an object, is \(value.kind)", fix: "send an object")
            }
            return SettingsNode(value)
        }
    }
}
