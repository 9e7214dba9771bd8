import HTTPTypes

/// Header fields that the HTTP library does not name.
extension HTTPField.Name {
    static let forwardedFor = named("x-forwarded-for")
    static let idempotencyKey = named("idempotency-key")
    static let host = named("host")
    static let frameOptions = named("x-frame-options")
    static let gatehouseScopes = named("x-gatehouse-scopes")
    static let gatehouseSubject = named("x-gatehouse-subject")
    static let gatehouseTenant = named("x-gatehouse-tenant")
    static let referrerPolicy = named("referrer-policy")
    static let requestID = named("x-request-id")

    private static func named(_ name: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name(name.description) else { preconditionFailure("\(name) is no header name") }
        return name
    }
}
