import HTTPTypes
package import Hummingbird

/// Puts the headers on every answer that keep browsers and caches from doing more with it than reading it.
package struct SecurityHeaders: RouterMiddleware {
    package typealias Context = APIContext

    /// Whether clients reach the server by TLS, here or at a proxy.
    private let isBehindTLS: Bool

    package init(isBehindTLS: Bool) {
        self.isBehindTLS = isBehindTLS
    }

    package func handle(
        _ request: Request, context: APIContext, next: APIContext.Next
    ) async throws -> Response {
        var response = try await next(request, context)
        Self.add(to: &response.headers)
        // RFC 6797, 7.2: never over plain HTTP.
        if isBehindTLS { response.headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
        return response
    }

    /// A header that the route set itself stays as it is.
    static func add(to headers: inout HTTPFields) {
        for (name, value) in fixed where headers[name] == nil { headers[name] = value }
    }

    private static let fixed: [(HTTPField.Name, String)] = [
        (.cacheControl, "no-store"),
        (.xContentTypeOptions, "nosniff"),
        (.referrerPolicy, "no-referrer"),
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (.frameOptions, "DENY"),
        (.crossOriginResourcePolicy, "same-origin"),
    ]
}
