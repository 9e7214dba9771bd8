import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

@testable import WebAPI

/// Serves routes on a real socket for the length of a test.
enum RunningServer {
    /// Limits short enough that a test need not wait for them.
    static var shortLimits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.idle = .milliseconds(400)
        limits.body = .milliseconds(400)
        limits.linger = .milliseconds(200)
        return limits
    }

    /// Limits that no test comes near, but for the time in which a refused client may read.
    static var usualLimits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.linger = .milliseconds(200)
        return limits
    }

    static func serve<Value: Sendable>(
        _ routes: [Route] = SampleAPI.routes, tls: TLSCertificate? = nil, limits: ConnectionLimits = usualLimits,
        test: @Sendable (_ port: Int, _ shutDown: @escaping @Sendable () async -> Void) async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let application = try HTTPServer.application(
            RouteTable(routes).responder(middleware: SampleAPI.middleware()),
            settings: ServerSettings(host: "127.0.0.1", port: 0, tls: tls, limits: limits),
            logger: logger,
            onBound: { bound.yield($0) }
        )
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [application], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            let result: Result<Value, any Error>
            do {
                result = .success(try await test(port) { await group.triggerGracefulShutdown() })
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }
}
