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
    /// Makes tenants that no file describes.
    let node: TenantNode
    /// What is asked of the databases of tenants: the first one's, and of those that do not exist.
    let watch: DatabaseWatch
    private let responder: RouterResponder<APIContext>
    private let contract: AnswerContract
    private let log: CapturedLog

    /// - Parameters:
    ///   - isSuspended: whether the first tenant is one that is suspended.
    ///   - requiredFor: the roles that both tenants ask for a second factor.
    ///   - proxies: those that are believed where a request came from; they are met with over a socket only.
    static func open(
        isSuspended: Bool = false, requiredFor: [String] = [], proxies: TrustedProxies = TrustedProxies()
    ) async throws -> House {
        let policy = "policy: {second_factor: {required_for: [\(requiredFor.joined(separator: ", "))]}}"
        let acme = try await TestTenant.make(
            "cors: {origins: ['\(listedOrigin)']}\n\(policy)", isSuspended: isSuspended, offersFactors: true)
        let rival = try await TestTenant.make(policy, offersFactors: true)
        return try await House(acme: acme, rival: rival, proxies: proxies)
    }

    private init(acme: TestTenant, rival: TestTenant, proxies: TrustedProxies) async throws {
        let (log, watch) = (CapturedLog(), DatabaseWatch())
        let acme = acme.opened(as: acme.tenant.watched(by: watch, logger: log.logger))
        self.acme = acme
        self.rival = rival
        self.log = log
        self.watch = watch
        let kernel = try await TestDatabase.shared.services(watchedBy: watch, now: acme.clock.reading)
        self.kernel = kernel
        let platform = try await TestDatabase.shared.platform
        let node = try await TenantNode.open(services: kernel, clock: acme.clock)
        self.node = node
        let registry = node.registry
        registry.pin([acme.tenant, rival.tenant])
        let operators = Operators(database: platform, now: acme.clock.reading)
        let name = try #require(OperatorName("test-\(unique())"))
        operatorKey = try #require(try await operators.create(name, requestID: "test")).key.withExposed { $0 }
        let gate = Gate(registry: registry, kernel: kernel, operators: operators)
        let table = RouteTable.standard(
            gate: gate, kernel: kernel, tenants: node.records, configurations: node.configurations)
        routes = table.routes
        let middleware = PublicMiddleware(
            registry: registry, proxies: proxies, isBehindTLS: false, metrics: PrometheusMetrics(),
            now: acme.clock.reading)
        responder = table.responder(middleware: middleware.all)
        contract = try AnswerContract()
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

    private func exchange(
        _ method: HTTPRequest.Method, _ uri: String, _ headers: HTTPFields, _ text: String?, _ framework: TestingSetup
    ) async throws -> Answer {
        let application = Application(responder: responder, logger: log.logger)
        return try await application.test(framework) { client in
            let body = text.map(ByteBuffer.init(string:))
            return Answer(try await client.execute(uri: uri, method: method, headers: headers, body: body))
        }
    }
}
