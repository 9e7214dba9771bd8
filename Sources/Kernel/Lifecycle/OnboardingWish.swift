package import PluginKit

/// What a tenant is to be like, as its operator wishes it.
package struct OnboardingWish: Sendable {
    package let slug: TenantSlug
    /// The tenant's name as people read it; `nil` leaves it as it is, and begins with the slug.
    package let name: String?
    /// The tenant's configuration, without `tenant` and `name`; `nil` leaves it as it is, and begins with the template.
    package let configuration: SettingsNode?
    /// Who is invited as owner while the tenant has none; `nil` invites nobody.
    package let admin: Admin?
    /// A key that is to be there, under its name.
    package let key: NewAPIKey?
    /// Whether a tenant that exists already is refused.
    package let mustBeNew: Bool

    package struct Admin: Sendable {
        package let login: Login
        package let displayName: DisplayName?
        /// Whether an open invitation is to be replaced, since its link was lost.
        package let isInvitedAnew: Bool

        package init(login: Login, displayName: DisplayName? = nil, isInvitedAnew: Bool = false) {
            self.login = login
            self.displayName = displayName
            self.isInvitedAnew = isInvitedAnew
        }
    }

    package init(
        slug: TenantSlug, name: String?, configuration: SettingsNode? = nil, admin: Admin? = nil,
        key: NewAPIKey? = nil, mustBeNew: Bool = false
    ) {
        self.slug = slug
        self.name = name
        self.configuration = configuration
        self.admin = admin
        self.key = key
        self.mustBeNew = mustBeNew
    }
}

/// A tenant that is as it was wished.
package struct OnboardedTenant: Sendable {
    package let tenant: Tenant
    /// Whether it was made just now.
    package let isNew: Bool
    package let invitation: OfferedInvitation?
    package let key: EnsuredAPIKey?

    package enum OfferedInvitation: Sendable {
        case new(NewInvitation)
        /// It was open already; its token is not known any more.
        case open(Invitation)
    }
}

/// Why a tenant was not made or changed; nothing of it was done.
package enum OnboardingRefusal: Error, Sendable {
    /// A file describes the tenant.
    case managedByFile
    /// The slug belongs to a tenant that is being deleted, or was.
    case slugKept
    /// There is such a tenant, and it was to be new.
    case exists
    /// The configuration has these problems.
    case configuration([SettingsProblem])
    /// The configuration is sound, and a tenant cannot be opened by it: why, in words that hold no secret.
    case doesNotOpen(String)
    /// Somebody else changed the configuration meanwhile.
    case changedMeanwhile
    case refused(Refusal)
}

/// How a call is made safe to repeat: what is kept, sealed, of its answer.
package struct OnboardingRepeat: Sendable {
    let key: String
    let credential: String
    let route: String
    let request: [UInt8]
    let answer: @Sendable (OnboardedTenant) throws -> [UInt8]

    /// - Parameters:
    ///   - credential: who asks; keys of different credentials never meet.
    ///   - route: the method and the path.
    ///   - request: the whole body.
    ///   - answer: what is to be kept of an answer.
    package init(
        key: String, credential: String, route: String, request: [UInt8],
        answer: @escaping @Sendable (OnboardedTenant) throws -> [UInt8]
    ) {
        self.key = key
        self.credential = credential
        self.route = route
        self.request = request
        self.answer = answer
    }
}

/// What became of a call that makes a tenant.
package enum OnboardingOutcome: Sendable {
    case done(OnboardedTenant)
    /// It was done before; what was kept of its answer.
    case repeated(Tenant, status: Int, kept: [UInt8])
    case usedForAnotherRequest
    case stillRunning
}
