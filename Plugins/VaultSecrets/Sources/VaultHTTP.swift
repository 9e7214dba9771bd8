import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import PluginKit

/// The HTTP client of one connection to Vault: it trusts as the settings say, follows no redirect, and reads no more
/// than it should.
final class VaultHTTP: Sendable {
    // An entry of Vault has at most 1 MiB in its storage; as JSON text it may take more.
    static let maximumAnswerBytes = 4 << 20

    private let client: HTTPClient
    private let base: String
    private let namespace: String?

    /// - Throws: `HostRefusal`, or `SecretBackendError` where a file of certificates cannot be used.
    init(address: VaultAddress, settings: VaultSettings, files: HostFiles) throws {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try VaultTLS.configuration(settings.tls, files: files),
            redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(settings.deadline.nanoseconds * 3 / 4)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.idleTimeout = .seconds(30)
        // A connection that fails is reported at once; whether to try again is decided in one place, with the deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tracing.tracer = nil
        if let name = settings.tls.serverName { configuration.dnsOverride = [name: address.host] }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        base = (settings.tls.serverName.map(address.named) ?? address).text + "/v1/"
        namespace = settings.namespace
    }

    /// Sends one request once.
    ///
    /// - Parameter deadline: for the answer as a whole, its last byte included.
    func send(
        _ request: VaultRequest, token: SecretText?, before deadline: ContinuousClock.Instant
    ) async throws(VaultProblem) -> VaultAnswer {
        let left = deadline - .now
        guard left > .zero else { throw .timedOut }
        do {
            // The client's own deadline ends with the head of the answer; it says more, so it comes first.
            return try await within(left + .milliseconds(20)) { try await self.exchange(request, token, left) }
        } catch {
            throw VaultProblem(transport: error)
        }
    }

    /// Ends every connection and every request under way.
    func shutDown() async throws {
        try await client.shutdown()
    }

    // The client stops the process where it is let go without having been shut down. Where it was, this does nothing.
    deinit {
        client.shutdown { [client] _ in withExtendedLifetime(client) {} }
    }

    private func exchange(_ request: VaultRequest, _ token: SecretText?, _ left: Duration) async throws -> VaultAnswer {
        let response = try await client.execute(try prepared(request, token), timeout: .nanoseconds(left.nanoseconds))
        let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
        return VaultAnswer(
            status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"),
            body: SecretBytes(body.readableBytesView))
    }

    private func prepared(_ request: VaultRequest, _ token: SecretText?) throws -> HTTPClientRequest {
        var prepared = HTTPClientRequest(url: base + request.path)
        prepared.method = HTTPMethod(rawValue: request.method.rawValue)
        prepared.headers.add(name: "X-Vault-Request", value: "true")
        if let namespace { prepared.headers.add(name: "X-Vault-Namespace", value: namespace) }
        token?.withExposed { prepared.headers.add(name: "X-Vault-Token", value: $0) }
        if let fields = request.fields {
            prepared.headers.add(name: "Content-Type", value: "application/json")
            let texts = fields.mapValues { $0.withExposed { $0 } }
            prepared.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(texts)))
        }
        return prepared
    }

    private func within<Value: Sendable>(
        _ time: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: time)
                throw VaultProblem.timedOut
            }
            guard let value = try await group.next() else { throw VaultProblem.timedOut }
            return value
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
