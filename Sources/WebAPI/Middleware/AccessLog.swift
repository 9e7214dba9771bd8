package import Hummingbird
import Logging

/// One line per request: what kind it was and how it went; never its URL, its headers or its body.
package struct AccessLog: RouterMiddleware {
    package typealias Context = APIContext

    package init() {}

    package func handle(
        _ request: Request, context: APIContext, next: APIContext.Next
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let duration = ContinuousClock.now - start
        var metadata: Logger.Metadata = [
            "method": "\(request.method.rawValue)",
            "route": "\(context.route)",
            "status": "\(response.status.code)",
            "duration_ms": "\(duration.milliseconds)",
        ]
        if let tenant = context.tenant { metadata["tenant"] = "\(tenant)" }
        context.logger.info("request", metadata: metadata)
        return response
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }

    /// Whole nanoseconds.
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
