import DatabaseTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import NIOCore
import PluginKit
import PluginTesting
import Testing
import WebAPI

/// The public API as the program puts it together, on the real database, with two tenants that know nothing of each other.
struct House: Sendable {
    static let listedOrigin = "https://app.acme.example"

    let acme: TestTenant
    let rival: TestTenant
    let operatorKey: String
    let routes: [Route]
    let kernel: KernelServices
    let node: TestNode
    /// What is asked of the databases of tenants: the first one's, and of those that do not exist.
    let watch: DatabaseWatch
    /// The tenant files, which describe the first tenant and the rival.
    let files = TenantFilesInForce()
    let offboarding: Offboarding
    /// What the name servers of the world say.
    let names: TestNames
    /// Which tenants are served.
    var registry: TenantRegistry { node.registry }
    private let responder: DomainResponder<RouterResponder<APIContext>>
    private let contract: AnswerContract
    private let log: CapturedLog

    /// - Parameters:
    ///   - isSuspended: whether the first tenant is one that is suspended.
    ///   - requiredFor: the roles that both tenants ask for a second factor.
    ///   - grace: how long somebody who comes under that may go on without.
    ///   - domains: those that the first tenant's file declares.
    ///   - signUp: the section of the first tenant's file that opens it to strangers.
    ///   - catalog: the providers that tenants made at run time may use.
    ///   - hostRules: what their documents may name of the host.
    ///   - keyMisses: how many keys that are none a network of strangers may present a minute.
    ///   - proxies: those that are believed where a request came from; they are met with over a socket only.
    static func open(
        isSuspended: Bool = false, requiredFor: [String] = [], grace: String = "7d", domains: [String] = [],
        signUp: String = "{}", proxies: TrustedProxies = TrustedProxies(), catalog: ProviderCatalog = .testing(),
        hostRules: HostRules = HostRules(kept: []), keyMisses: Int? = nil
    ) async throws -> House {
        let roles = requiredFor.joined(separator: ", ")
        let policy = "policy: {second_factor: {required_for: [\(roles)], grace: \(grace)}}"
        let acme = try await TestTenant.make(
            "cors: {origins: ['\(listedOrigin)']}\ndomains: [\(domains.joined(separator: ", "))]\nsign_up: \(signUp)\n\(policy)",
            isSuspended: isSuspended, offersFactors: true)
        let rival = try await TestTenant.make("sign_up: {open: true}\n\(policy)", offersFactors: true)
        return try await House(acme: acme, rival: rival, proxies: proxies, catalog, hostRules, keyMisses)
    }

    private init(
        acme: TestTenant, rival: TestTenant, proxies: TrustedProxies, _ catalog: ProviderCatalog,
        _ hostRules: HostRules, _ keyMisses: Int?
    ) async throws {
        let (log, watch) = (CapturedLog(), DatabaseWatch())
        let acme = acme.opened(as: acme.tenant.watched(by: watch, logger: log.logger))
        self.acme = acme
        self.rival = rival
        self.log = log
        self.watch = watch
        let kernel = try await TestDatabase.shared.services(
            watchedBy: watch, keyMisses: keyMisses, now: acme.clock.reading)
        self.kernel = kernel
        let platform = try await TestDatabase.shared.platform
        let node = try await TestNode.make(
            services: kernel, files: files, catalog: catalog, hostRules: hostRules, clock: acme.clock)
        let registry = node.registry
        registry.pin([acme.tenant, rival.tenant])
        self.node = node
        files.take([acme.tenant.plan, rival.tenant.plan])
        let operators = Operators(database: platform, now: acme.clock.reading)
        let name = try #require(OperatorName("test-\(unique())"))
        operatorKey = try #require(try await operators.create(name, requestID: "test")).key.withExposed { $0 }
        let gate = Gate(registry: registry, kernel: kernel, operators: operators)
        let offboarding = Offboarding(
            kernel: kernel, platform: platform, databases: try await TestDatabase.shared.tenants, files: files,
            registry: registry, pace: Self.pace, logger: log.logger)
        self.offboarding = offboarding
        names = TestNames()
        let domains = TenantDomains(database: platform, resolver: names, now: acme.clock.reading)
        let services = PlatformServices(
            records: node.records, onboarding: node.onboarding, checks: node.checks, offboarding: offboarding,
            domains: domains, configurations: node.configurations)
        let table = RouteTable.standard(gate: gate, kernel: kernel, platform: services)
        routes = table.routes
        let middleware = PublicMiddleware(
            registry: registry, proxies: proxies, isBehindTLS: false, metrics: PrometheusMetrics(),
            now: acme.clock.reading)
        responder = DomainResponder(
            table.responder(middleware: middleware.all),
            domains: ServedDomains(registry, publicURL: "https://auth.example.com"))
        contract = try AnswerContract()
    }

    /// Nothing settles, so that nobody waits.
    private static var pace: OffboardingPace {
        var pace = OffboardingPace()
        pace.settling = .zero
        pace.pause = { _ in await Task.yield() }
        return pace
    }

    /// What was logged so far.
    var logLines: [String] { log.lines }

    /// Lets time pass, for both tenants alike.
    func wait(_ duration: Duration) {
        acme.clock.advance(by: duration)
        rival.clock.advance(by: duration)
    }

    /// Sends one request and holds the answer against the API's description.
    func send(
        _ method: HTTPRequest.Method, _ uri: String, bearer: String? = nil, body: JSON? = nil,
        headers: HTTPFields = [:], _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await send(method, uri, bearer: bearer, text: try body?.written, headers: headers, location)
    }

    /// Sends a body as it stands.
    func send(
        _ method: HTTPRequest.Method, _ uri: String, bearer: String? = nil, text: String?, headers: HTTPFields = [:],
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        var headers = headers
        if let bearer { headers[.authorization] = "Bearer \(bearer)" }
        if text != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let answer = try await exchange(method, uri, headers, text, .router)
        contract.check(answer, to: method, uri, location)
        return answer
    }

    /// Sends a body as it stands over a socket, from this machine.
    func sendOverSocket(
        _ method: HTTPRequest.Method, _ uri: String, headers: HTTPFields, text: String? = nil
    ) async throws -> Answer {
        try await exchange(method, uri, headers, text, .live)
    }

    /// Sends one request to a host, as its `Host` names it.
    func send(
        _ method: HTTPRequest.Method, _ uri: String, to host: String, bearer: String? = nil, body: JSON? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let bearer { headers[.authorization] = "Bearer \(bearer)" }
        if body != nil { headers[.contentType] = "application/json" }
        return try await exchange(method, uri, headers, try body?.written, .router, host: host)
    }

    private func exchange(
        _ method: HTTPRequest.Method, _ uri: String, _ headers: HTTPFields, _ text: String?, _ framework: TestingSetup,
        host: String = "localhost"
    ) async throws -> Answer {
        let application = Application(responder: AtHost(host: host, responder: responder), logger: log.logger)
        return try await application.test(framework) { client in
            let body = text.map(ByteBuffer.init(string:))
            return Answer(try await client.execute(uri: uri, method: method, headers: headers, body: body))
        }
    }
}
