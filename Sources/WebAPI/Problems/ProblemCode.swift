package import HTTPTypes

/// Every way in which a request can fail, as clients tell them apart: the registry behind `code` in a problem body.
///
/// A code is a promise: it is never renamed and never changes its status. `docs/problems.md` lists them all.
package enum ProblemCode: String, Sendable, CaseIterable {
    case badRequest = "bad_request"
    case invalidJSON = "invalid_json"
    case invalidBody = "invalid_body"
    case invalidQuery = "invalid_query"
    case cursorInvalid = "cursor_invalid"
    case tokenInURL = "token_in_url"
    case passwordRefused = "password_refused"
    case invitationInvalid = "invitation_invalid"
    case configRefused = "config_refused"

    case unauthenticated
    case invalidCredentials = "invalid_credentials"
    case invalidCode = "invalid_code"
    case invalidTransaction = "invalid_transaction"
    case invalidRefreshToken = "invalid_refresh_token"

    case forbidden
    case tenantSuspended = "tenant_suspended"
    case reauthenticationRequired = "reauthentication_required"
    case stepUpRequired = "step_up_required"
    case enrollmentTicketRequired = "enrollment_ticket_required"

    case notFound = "not_found"
    case tenantNotFound = "tenant_not_found"
    case methodNotAllowed = "method_not_allowed"

    case conflict
    case loginTaken = "login_taken"
    case lastOwner = "last_owner"
    case lastFactor = "last_factor"
    case managedByFile = "managed_by_file"
    case slugTaken = "slug_taken"
    case domainTaken = "domain_taken"
    case domainUnproved = "domain_unproved"
    case idempotencyInProgress = "idempotency_in_progress"
    case preconditionFailed = "precondition_failed"
    case preconditionRequired = "precondition_required"
    case payloadTooLarge = "payload_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case idempotencyKeyReused = "idempotency_key_reused"
    case rateLimited = "rate_limited"
    case headersTooLarge = "headers_too_large"

    case `internal`
    case overloaded
    case unavailable
    case tenantUnavailable = "tenant_unavailable"
}

extension ProblemCode {
    package var status: HTTPResponse.Status {
        switch self {
        case .badRequest, .invalidJSON, .invalidBody, .invalidQuery, .cursorInvalid, .tokenInURL, .passwordRefused,
            .invitationInvalid, .configRefused:
            .badRequest
        case .unauthenticated, .invalidCredentials, .invalidCode, .invalidTransaction, .invalidRefreshToken:
            .unauthorized
        case .forbidden, .tenantSuspended, .reauthenticationRequired, .stepUpRequired, .enrollmentTicketRequired:
            .forbidden
        case .notFound, .tenantNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict, .loginTaken, .lastOwner, .lastFactor, .managedByFile, .slugTaken, .domainTaken,
            .domainUnproved, .idempotencyInProgress:
            .conflict
        case .preconditionFailed: .preconditionFailed
        case .preconditionRequired: .preconditionRequired
        case .payloadTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .idempotencyKeyReused: .unprocessableContent
        case .rateLimited: .tooManyRequests
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .internal: .internalServerError
        case .overloaded, .unavailable, .tenantUnavailable: .serviceUnavailable
        }
    }

    /// The constant `title` of the problem: the code in words.
    package var title: String {
        let words = rawValue.split(separator: "_").map { $0 == "json" || $0 == "url" ? $0.uppercased() : String($0) }
        let sentence = words.joined(separator: " ")
        return sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    /// The stable URI of the kind of problem (RFC 9457, 3.1.1).
    package var typeURI: String { "urn:gatehouse:problem:\(rawValue)" }
}
