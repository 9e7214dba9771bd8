package import Hummingbird
package import Metrics

/// Counts requests and their durations by method, route and status. Labels come from the route table, so there are few.
package struct RequestMetrics: RouterMiddleware {
    package typealias Context = APIContext

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let factory: any MetricsFactory

    package init(factory: any MetricsFactory) {
        self.factory = factory
    }

    package func handle(
        _ request: Request, context: APIContext, next: APIContext.Next
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let duration = ContinuousClock.now - start
        let method = Self.methods.contains(request.method.rawValue) ? request.method.rawValue : "other"
        let kind = [("method", method), ("route", context.route)]
        Counter(
            label: "http_requests_total", dimensions: kind + [("status", "\(response.status.code)")], factory: factory
        ).increment()
        Timer(label: "http_request_duration_seconds", dimensions: kind, factory: factory)
            .recordNanoseconds(duration.nanoseconds)
        return response
    }
}
