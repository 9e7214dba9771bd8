import Hummingbird

/// The routes of the operations port, which never stands in the open: whether the process lives, whether it can
/// serve, and what it counted.
package struct OperationsRoutes: Sendable {
    private let readiness: Readiness
    private let metrics: PrometheusMetrics

    package init(readiness: Readiness, metrics: PrometheusMetrics) {
        self.readiness = readiness
        self.metrics = metrics
    }

    package var routes: [Route] {
        [
            Route(.get, "/healthz", access: .anyone) { _, _ in try .json(Health(status: "ok", failing: nil)) },
            Route(.get, "/readyz", access: .anyone) { _, _ in try await ready() },
            Route(.get, "/metrics", access: .anyone) { _, _ in
                .text(metrics.exposition(), contentType: PrometheusMetrics.contentType)
            },
        ]
    }

    private func ready() async throws -> Response {
        let failing = await readiness.failing()
        guard !failing.isEmpty else { return try .json(Health(status: "ok", failing: nil)) }
        return try .json(Health(status: "unavailable", failing: failing), status: .serviceUnavailable)
    }
}

private struct Health: Encodable {
    let status: String
    let failing: [String]?
}
