import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Listens on 127.0.0.1 and hands every request to a function; it knows nothing of what is asked.
final class VaultServer: Sendable {
    typealias Answer = @Sendable (HTTPRequest) -> HTTPDelivery

    private let group: MultiThreadedEventLoopGroup
    let port: Int

    private init(group: MultiThreadedEventLoopGroup, port: Int) {
        self.group = group
        self.port = port
    }

    /// - Throws: where the port is taken or the certificate cannot be read.
    static func start(port: Int, tls: VaultDoubleTLS?, answer: @escaping Answer) async throws -> VaultServer {
        let context = try tls.map(context)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let channel = try await bootstrap(on: group, context: context, answer: answer)
                .bind(host: "127.0.0.1", port: port).get()
            return VaultServer(group: group, port: channel.localAddress?.port ?? port)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Closes the port and, with their event loop, all connections.
    func stop() async {
        // What keeps the loop from ending has ended it before: a second stop.
        try? await group.shutdownGracefully()
    }

    private static func bootstrap(
        on group: MultiThreadedEventLoopGroup, context: NIOSSLContext?, answer: @escaping Answer
    ) -> ServerBootstrap {
        // The connection frames its answers itself: one to HEAD has neither a length nor chunks.
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        let framing = encoding
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.addHandler(ListMethodTranslator())
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: true,
                        withEncoderConfiguration: framing)
                    try pipeline.addHandler(VaultConnection(answer: answer))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
    }

    private static func context(_ tls: VaultDoubleTLS) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(tls.certificateChainPEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(tls.privateKeyPEM.utf8), format: .pem)
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        settings.minimumTLSVersion = .tlsv12
        if let authority = tls.clientAuthorityPEM {
            settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
            settings.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: settings)
    }
}
