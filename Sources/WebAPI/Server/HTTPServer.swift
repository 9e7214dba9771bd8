package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore

/// Builds the application that serves one port over HTTP/1.1.
package enum HTTPServer {
    /// A service that serves until it is told to stop: then it takes no new connections, finishes what is in flight,
    /// and returns.
    ///
    /// - Parameter onBound: called once with the port, when connections are being accepted.
    /// - Throws: where the TLS certificate cannot be used.
    package static func application<Responder: HTTPResponder>(
        _ responder: Responder,
        settings: ServerSettings,
        logger: Logger,
        onBound: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> Application<Responder> where Responder.Context == APIContext {
        Application(
            responder: responder,
            server: try builder(settings),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: .maximum(settings.limits.connections, logger: logger)
            ),
            services: settings.tls.map { [TLSCertificateWatch(certificate: $0, logger: logger)] } ?? [],
            onServerRunning: { await onBound($0.localAddress?.port ?? settings.port) },
            logger: logger
        )
    }

    private static func builder(_ settings: ServerSettings) throws -> HTTPServerBuilder {
        let limits = settings.limits
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(limits: limits)],
            idleTimeout: limits.idle,
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: limits.headerFieldBytes,
                maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerFields
            )
        )
        let plain = HTTPServerBuilder { responder in
            LoopBoundChannel(HTTP1Channel(responder: responder, configuration: configuration))
        }
        guard let tls = settings.tls else { return plain }
        return try .tls(plain, tlsConfiguration: tls.configuration())
    }
}
