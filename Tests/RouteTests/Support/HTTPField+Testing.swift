import HTTPTypes

extension HTTPField.Name {
    static let forwardedFor = named("x-forwarded-for")
    static let requestID = named("x-request-id")
    static let idempotencyKey = named("idempotency-key")
    static let frameOptions = named("x-frame-options")
    static let referrerPolicy = named("referrer-policy")

    private static func named(_ name: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name(name.description) else { preconditionFailure("\(name) is no header name") }
        return name
    }
}
