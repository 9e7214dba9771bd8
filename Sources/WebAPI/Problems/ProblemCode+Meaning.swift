extension ProblemCode {
    /// What happened and what the client can do, in one or two sentences; the `detail` where a place gives no better one.
    package var meaning: String { Self.meanings[self] ?? title }

    /// The meaning of every code.
    static let meanings: [ProblemCode: String] = [
        .badRequest: "The request is not well-formed HTTP, or a header has no meaning here.",
        .invalidJSON: "The body is not one JSON document in UTF-8, or it nests too deeply.",
        .invalidBody: "Fields of the body are unknown, missing or wrong; `errors` names each of them.",
        .invalidQuery: "Query parameters are unknown, repeated or wrong; `errors` names each of them.",
        .cursorInvalid: "The cursor was not issued for this list. Start again without one.",
        .tokenInURL:
            "A URL is no place for a credential. Send it in the `Authorization` header; treat this one as leaked.",
        .passwordRefused: "The password does not meet the policy; `errors` gives every reason.",
        .invitationInvalid: "The invitation is unknown, used, withdrawn or past its date. Ask for a new one.",
        .configRefused:
            "The tenant's configuration cannot be used; `errors` or `detail` says why. Nothing was changed.",
        .unauthenticated: "The route needs a live credential in `Authorization: Bearer`.",
        .invalidCredentials: "The login and the password do not belong together, or the account cannot sign in.",
        .invalidCode: "The code is wrong, used or no longer valid.",
        .invalidTransaction: "The sign-in has ended or is past its time. Begin again.",
        .invalidRefreshToken: "The refresh token is unknown, used or ended. Sign in again.",
        .forbidden: "The credential is good, but does not allow this.",
        .tenantSuspended: "The tenant is suspended; nobody can sign in or use its keys until it is resumed.",
        .reauthenticationRequired:
            "This needs a recent proof of who you are. Send it to `me/step-up`, or sign in again, and repeat the request.",
        .stepUpRequired:
            "This needs a second factor. Set one up where you have none, send it to `me/step-up`, or sign in with it, and "
            + "repeat the request.",
        .enrollmentTicketRequired:
            "A password alone does not allow to set up a first second factor. Ask an owner or admin of the tenant for an "
            + "enrollment ticket, and send it as `ticket`.",
        .notFound: "There is nothing here, or nothing that you may know of.",
        .tenantNotFound: "There is no such tenant.",
        .methodNotAllowed: "The path exists but not with this method; `Allow` lists those it has.",
        .conflict: "The request does not fit the present state. Read the object again.",
        .loginTaken: "Another user of the tenant has this login.",
        .lastOwner: "The tenant would be left without an owner. Make somebody else an owner first.",
        .lastFactor: "A role of this account asks for a second factor, and this is the last one. Add another first.",
        .managedByFile: "The tenant is described by a file. Change the file instead.",
        .slugTaken:
            "The slug belongs to another tenant, or is kept from a deleted one until its quarantine is over. Choose "
            + "another.",
        .domainTaken: "Another tenant has proved that this domain is its own. If that is over, have it removed there.",
        .domainUnproved:
            "The name servers of the domain do not say what they should; `detail` tells what they say. The domain is not "
            + "served. Set the record, wait until it is known, and verify again.",
        .idempotencyInProgress:
            "A request with this `Idempotency-Key` is still running, or broke off. Try again later; where it stays so for "
            + "longer than a minute, look whether it was done, and if not, send it again under a new key.",
        .preconditionFailed: "The object changed since it was read. Read it again and repeat the change.",
        .preconditionRequired:
            "Say which version you change: send `If-Match` with the `ETag` that you read, so that nobody's change is lost.",
        .payloadTooLarge: "The body is larger than the route accepts.",
        .unsupportedMediaType: "The body must be `application/json` in UTF-8, without a content coding.",
        .idempotencyKeyReused: "This `Idempotency-Key` was used with another body. Use a new key.",
        .rateLimited: "Too many requests. Wait for as long as `Retry-After` says.",
        .headersTooLarge: "The request line and headers are larger than the server accepts.",
        .internal: "The server failed. Its log has the cause under `request_id`.",
        .overloaded: "Too much is waiting. Try again after `Retry-After`.",
        .unavailable: "Something that the server depends on is away. Try again after `Retry-After`.",
        .tenantUnavailable:
            "The tenant cannot be opened at the moment, for example since its secrets are out of reach. Its operator finds "
            + "the cause in `gatehouse doctor`. Other tenants are served.",
    ]
}
