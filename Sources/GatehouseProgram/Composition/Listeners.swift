import Foundation
import Kernel
import Logging
import Metrics
import PluginKit
import PostgresStore
import ServiceLifecycle
import WebAPI

/// The two ports of a server: the public one for clients, and the one for operations, which never stands in the open.
struct Listeners {
    let settings: ProcessSettings
    let listen: ListenAddress
    let stores: Stores
    let kernel: KernelServices
    let registry: TenantRegistry
    let tenants: TenantServices
    let offboarding: Offboarding
    let domains: TenantDomains
    /// The address that clients use for everybody.
    let publicURL: String
    let metrics: PrometheusMetrics
    let logger: Logger

    /// The public port; `onBound` is told the address once it takes connections.
    func clients(onBound: @escaping @Sendable (String) async -> Void) throws -> some Service {
        let tls = try settings.tls.map { try TLSCertificate(certificatePath: $0.certificate, keyPath: $0.key) }
        let operators = Operators(database: stores.platform, now: SystemClock.now)
        let gate = Gate(registry: registry, kernel: kernel, operators: operators)
        let records = TenantRecords(database: stores.platform, now: SystemClock.now)
        let platform = PlatformServices(
            records: records, onboarding: tenants.onboarding, checks: tenants.checks, offboarding: offboarding,
            domains: domains, configurations: tenants.configurations)
        let table = RouteTable.standard(gate: gate, kernel: kernel, platform: platform)
        let middleware = PublicMiddleware(
            registry: registry, proxies: TrustedProxies(settings.trustedProxies), isBehindTLS: isBehindTLS,
            metrics: metrics, now: SystemClock.now)
        return try HTTPServer.application(
            DomainResponder(
                table.responder(middleware: middleware.all), domains: ServedDomains(registry, publicURL: publicURL)),
            settings: ServerSettings(host: listen.host, port: listen.port, tls: tls), logger: logger,
            onBound: { await onBound(url(tls == nil ? "http" : "https", listen.host, $0)) })
    }

    /// The operations port.
    func operations(onBound: @escaping @Sendable (String) async -> Void) throws -> some Service {
        let readiness = Readiness([ReadinessCheck("database") { try await stores.tenants.ping() }])
        let table = RouteTable(OperationsRoutes(readiness: readiness, metrics: metrics).routes)
        let host = settings.operationsListen.host
        return try HTTPServer.application(
            table.responder(middleware: PublicMiddleware.operations(now: SystemClock.now)),
            settings: ServerSettings(host: host, port: settings.operationsListen.port), logger: logger,
            onBound: { await onBound(url("http", host, $0)) })
    }

    /// Whether clients come by TLS, ended here or at a proxy in front.
    private var isBehindTLS: Bool { settings.tls != nil || settings.publicURL?.hasPrefix("https:") == true }

    private func url(_ scheme: String, _ host: String, _ port: Int) -> String {
        "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
