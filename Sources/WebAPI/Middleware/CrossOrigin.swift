import HTTPTypes
package import Hummingbird

/// Lets browsers of a tenant's own origins read its answers (Fetch, CORS protocol). Other origins get no such header,
/// and no origin may send cookies: credentials travel in `Authorization` only.
package struct CrossOrigin: RouterMiddleware {
    package typealias Context = APIContext

    private let origins: @Sendable (_ tenant: String) async -> [String]

    /// - Parameter origins: the origins that the tenant of this slug or id lists; empty for an unknown tenant.
    package init(origins: @escaping @Sendable (_ tenant: String) async -> [String]) {
        self.origins = origins
    }

    package func handle(
        _ request: Request, context: APIContext, next: APIContext.Next
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let tenant = context.tenant else { return response }
        // The answer differs by origin whether or not this one is listed; a cache must know.
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = request.headers[.origin], await isListed(origin, by: tenant) else { return response }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.crossOriginResourcePolicy] = "cross-origin"
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            Self.allowRequests(&response.headers)
        } else {
            response.headers[.accessControlExposeHeaders] = "etag, retry-after, x-request-id"
        }
        return response
    }

    private func isListed(_ origin: String, by tenant: String) async -> Bool {
        // `null` is what sandboxed documents of anybody send.
        guard origin != "null" else { return false }
        return await origins(tenant).contains { $0.utf8.elementsEqual(origin.utf8) }
    }

    /// Answers a preflight: what the route table allows is what other origins may ask for.
    private static func allowRequests(_ headers: inout HTTPFields) {
        headers[.accessControlAllowMethods] = headers[.allow]
        headers[.accessControlAllowHeaders] =
            "authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id"
        headers[.accessControlMaxAge] = "600"
    }
}
