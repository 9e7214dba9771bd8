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

    case unauthenticated
    case invalidCredentials = "invalid_credentials"
    case invalidCode = "invalid_code"
    case invalidTransaction = "invalid_transaction"
    case invalidRefreshToken = "invalid_refresh_token"

    case forbidden
    case tenantSuspended = "tenant_suspended"
    case reauthenticationRequired = "reauthentication_required"

    case notFound = "not_found"
    case tenantNotFound = "tenant_not_found"
    case methodNotAllowed = "method_not_allowed"

    case conflict
    case loginTaken = "login_taken"
    case lastOwner = "last_owner"
    case managedByFile = "managed_by_file"
    case idempotencyInProgress = "idempotency_in_progress"
    case preconditionFailed = "precondition_failed"
    case payloadTooLarge = "payload_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case idempotencyKeyReused = "idempotency_key_reused"
    case rateLimited = "rate_limited"
    case headersTooLarge = "headers_too_large"

    case `internal`
    case overloaded
    case unavailable
}

extension ProblemCode {
    package var status: HTTPResponse.Status {
        switch self {
        case .badRequest, .invalidJSON, .invalidBody, .invalidQuery, .cursorInvalid, .tokenInURL, .passwordRefused,
            .invitationInvalid:
            .badRequest
        case .unauthenticated, .invalidCredentials, .invalidCode, .invalidTransaction, .invalidRefreshToken:
            .unauthorized
        case .forbidden, .tenantSuspended, .reauthenticationRequired: .forbidden
        case .notFound, .tenantNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict, .loginTaken, .lastOwner, .managedByFile, .idempotencyInProgress: .conflict
        case .preconditionFailed: .preconditionFailed
        case .payloadTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .idempotencyKeyReused: .unprocessableContent
        case .rateLimited: .tooManyRequests
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .internal: .internalServerError
        case .overloaded, .unavailable: .serviceUnavailable
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

    /// What happened and what the client can do, in one or two sentences; the `detail` where a place gives no better one.
    package var meaning: String {
        switch self {
        case .badRequest: "The request is not well-formed HTTP, or a header has no meaning here."
        case .invalidJSON: "The body is not one JSON document in UTF-8, or it nests too deeply."
        case .invalidBody: "Fields of the body are unknown, missing or wrong; `errors` names each of them."
        case .invalidQuery: "Query parameters are unknown, repeated or wrong; `errors` names each of them."
        case .cursorInvalid: "The cursor was not issued for this list. Start again without one."
        case .tokenInURL:
            "A URL is no place for a credential. Send it in the `Authorization` header; treat this one as leaked."
        case .passwordRefused: "The password does not meet the policy; `errors` gives every reason."
        case .invitationInvalid: "The invitation is unknown, used, withdrawn or past its date. Ask for a new one."
        case .unauthenticated: "The route needs a live credential in `Authorization: Bearer`."
        case .invalidCredentials: "The login and the password do not belong together, or the account cannot sign in."
        case .invalidCode: "The code is wrong, used or no longer valid."
        case .invalidTransaction: "The sign-in has ended or is past its time. Begin again."
        case .invalidRefreshToken: "The refresh token is unknown, used or ended. Sign in again."
        case .forbidden: "The credential is good, but does not allow this."
        case .tenantSuspended: "The tenant is suspended; nobody can sign in or use its keys until it is resumed."
        case .reauthenticationRequired: "This needs a recent sign-in. Sign in again and repeat the request."
        case .notFound: "There is nothing here, or nothing that you may know of."
        case .tenantNotFound: "There is no such tenant."
        case .methodNotAllowed: "The path exists but not with this method; `Allow` lists those it has."
        case .conflict: "The request does not fit the present state. Read the object again."
        case .loginTaken: "Another user of the tenant has this login."
        case .lastOwner: "The tenant would be left without an owner. Make somebody else an owner first."
        case .managedByFile: "The tenant is described by a file. Change the file instead."
        case .idempotencyInProgress: "A request with this `Idempotency-Key` is still running. Try again later."
        case .preconditionFailed: "The object changed since it was read. Read it again and repeat the change."
        case .payloadTooLarge: "The body is larger than the route accepts."
        case .unsupportedMediaType: "The body must be `application/json` in UTF-8, without a content coding."
        case .idempotencyKeyReused: "This `Idempotency-Key` was used with another body. Use a new key."
        case .rateLimited: "Too many requests. Wait for as long as `Retry-After` says."
        case .headersTooLarge: "The request line and headers are larger than the server accepts."
        case .internal: "The server failed. Its log has the cause under `request_id`."
        case .overloaded: "Too much is waiting. Try again after `Retry-After`."
        case .unavailable: "Something that the server depends on is away. Try again after `Retry-After`."
        }
    }
}
