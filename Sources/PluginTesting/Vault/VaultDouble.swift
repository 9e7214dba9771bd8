/// A stand-in for HashiCorp Vault 1.14.3 that speaks its HTTP API on a port of 127.0.0.1.
///
/// It answers as a recorded server does: statuses, error texts, shapes of JSON, keys that are there and keys that are
/// null. Like a server in development mode it starts unsealed, with a root token and KV version 2 at `secret/`. All
/// content is set up over HTTP.
///
/// It has tokens, ACL policies, KV of both versions, transit with AES-256-GCM, AppRole, Kubernetes and JWT logins,
/// response wrapping, rate limit quotas, seal and standby. What it lacks answers as Vault answers a path that it does
/// not have.
public final class VaultDouble: Sendable {
    private let service: VaultService
    private let server: VaultServer

    /// The `scheme://host:port` that it is reached at, without a slash at the end.
    public let address: String

    /// The token that may do everything.
    public let rootToken: String

    private init(service: VaultService, server: VaultServer, address: String, rootToken: String) {
        self.service = service
        self.server = server
        self.address = address
        self.rootToken = rootToken
    }

    /// Starts to listen.
    ///
    /// - Throws: where the port is taken or the certificate cannot be read.
    public static func start(_ configuration: Configuration = Configuration()) async throws -> VaultDouble {
        let service = VaultService(configuration)
        let server = try await VaultServer.start(port: configuration.port, tls: configuration.tls) { request in
            service.answer(request)
        }
        let address = configuration.tls == nil ? "http://127.0.0.1:\(server.port)" : "https://localhost:\(server.port)"
        service.isReached(at: address)
        return VaultDouble(service: service, server: server, address: address, rootToken: configuration.rootToken)
    }

    /// Closes the port and every connection. To be called once, at the end.
    public func stop() async {
        await server.stop()
    }

    /// Puts the server into a state, as an operator or an election would.
    public func enter(_ state: VaultState) {
        service.enter(state)
    }

    /// Makes requests fail, or answers come out odd; a later fault goes before an earlier one.
    ///
    /// - Parameters:
    ///   - times: for how many requests; `nil`: until ``clearFaults()``.
    ///   - path: what the path of a request begins with, after `/v1/`; `nil`: any.
    public func inject(_ fault: VaultFault, times: Int? = nil, path: String? = nil) {
        service.inject(fault, times: times, path: path)
    }

    public func clearFaults() {
        service.clearFaults()
    }

    /// Lets `jwt` log in as `role` at the Kubernetes or JWT method mounted at `auth/<mount>`.
    ///
    /// The role itself is written over HTTP. What is accepted stays so, whether or not the mount exists by now.
    public func acceptJWT(_ jwt: String, mount: String, role: String) {
        service.accept(AcceptedJWT(jwt: jwt, role: role), mount: mount)
    }

    /// Every request so far to a path of Vault, in the order of arrival.
    public var journal: [VaultRequestRecord] { service.journal }

    /// The most requests to paths of Vault that were under way at the same time, each from its last byte to its answer.
    public var mostRequestsAtOnce: Int { service.mostAtOnce }

    /// Forgets the requests so far; what is under way at this moment counts on.
    public func clearJournal() {
        service.clearJournal()
    }
}
