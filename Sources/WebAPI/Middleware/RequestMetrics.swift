package import Hummingbird
package import Metrics
import Synchronization

/// Counts requests and their durations by method, route and status. Labels come from the route table, so there are few.
package final class RequestMetrics: RouterMiddleware {
    package typealias Context = APIContext

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let factory: any MetricsFactory
    private let known = Mutex<[Kind: Handlers]>([:])

    private struct Kind: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Handlers {
        let count: Counter
        let duration: Metrics.Timer
    }

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
        let handlers = handlers(of: Kind(method: method, route: context.route, status: response.status.code))
        handlers.count.increment()
        handlers.duration.recordNanoseconds(duration.nanoseconds)
        return response
    }

    // Looking handlers up by their labels would cost more than counting.
    private func handlers(of kind: Kind) -> Handlers {
        known.withLock { known in
            if let handlers = known[kind] { return handlers }
            let labels = [("method", kind.method), ("route", kind.route)]
            let handlers = Handlers(
                count: Counter(
                    label: "http_requests_total", dimensions: labels + [("status", "\(kind.status)")], factory: factory),
                duration: Metrics.Timer(label: "http_request_duration_seconds", dimensions: labels, factory: factory))
            known[kind] = handlers
            return handlers
        }
    }
}
