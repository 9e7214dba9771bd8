package import Foundation
package import Hummingbird
package import Kernel
package import Metrics

/// What every request passes before it reaches a route, from the outside in: what stands first sees the answer last.
package struct PublicMiddleware: Sendable {
    private let registry: TenantRegistry
    private let proxies: TrustedProxies
    private let isBehindTLS: Bool
    private let metrics: any MetricsFactory
    private let now: @Sendable () -> Date

    /// - Parameter isBehindTLS: whether clients reach the server by TLS, here or at a proxy.
    package init(
        registry: TenantRegistry, proxies: TrustedProxies, isBehindTLS: Bool, metrics: any MetricsFactory,
        now: @escaping @Sendable () -> Date
    ) {
        self.registry = registry
        self.proxies = proxies
        self.isBehindTLS = isBehindTLS
        self.metrics = metrics
        self.now = now
    }

    /// For the public port.
    package var all: [any MiddlewareProtocol<Request, Response, APIContext>] {
        [
            AnswerGathering(), RequestIdentity(proxies: proxies, now: now), AccessLog(),
            RequestMetrics(factory: metrics),
            SecurityHeaders(isBehindTLS: isBehindTLS),
            CrossOrigin { [registry] in (try? await registry.tenant(named: $0))?.corsOrigins ?? [] },
            ErrorAnswers(translation: ProblemTranslation()),
        ]
    }

    /// For the operations port.
    package static func operations(
        now: @escaping @Sendable () -> Date
    ) -> [any MiddlewareProtocol<Request, Response, APIContext>] {
        [
            RequestIdentity(proxies: TrustedProxies(), now: now), SecurityHeaders(isBehindTLS: false),
            ErrorAnswers(translation: ProblemTranslation()),
        ]
    }
}
