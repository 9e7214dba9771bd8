import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

@testable import PluginTesting

/// A client that sends what it is told over a connection of its own, and follows nothing.
struct VaultProbe {
    struct Answer: Sendable {
        var status = 0
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        var json: JSONValue { JSONValue(body) ?? .null }

        var errors: [String] { json["errors"]?.strings ?? [] }

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    let port: Int
    var token: String?
    var trustedRoot: String?
    /// A certificate and its key, to show to the server.
    var identity: (certificate: String, key: String)?

    init(_ double: VaultDouble, token: String? = nil, trustedRoot: String? = nil) {
        port = URL(string: double.address)?.port ?? 0
        self.token = token ?? double.rootToken
        self.trustedRoot = trustedRoot
    }

    /// The same client as the holder of another token; empty: as nobody.
    func with(token: String) -> VaultProbe {
        var other = self
        other.token = token.isEmpty ? nil : token
        return other
    }

    @discardableResult
    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = []
    ) async throws -> Answer {
        var headers = headers
        if let token, !headers.contains(where: { $0.0 == "X-Vault-Token" }) { headers.append(("X-Vault-Token", token)) }
        return try await exchange(method, "/v1/" + path, headers: headers, body: body?.bytes ?? [])
    }

    /// - Throws: where the connection ends before the answer does.
    func exchange(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws -> Answer {
        let context = try trustedRoot.map(context)
        let client = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let context {
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                }
                try pipeline.addHTTPClientHandlers()
                try pipeline.addHandler(AnswerCollector(promise: channel.eventLoop.makePromise()))
            }
        }
        let channel = try await client.connect(host: "127.0.0.1", port: port).get()
        let answer = try await channel.pipeline.handler(type: AnswerCollector.self).map { $0.promise.futureResult }
            .get()
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: target,
            headers: HTTPHeaders(
                headers + [("Host", "127.0.0.1:\(port)"), ("Content-Length", "\(body.count)")]))
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        do {
            let found = try await answer.get()
            try? await channel.close()
            return found
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private func context(_ root: String) throws -> NIOSSLContext {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(root.utf8)))
        if let identity {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8))
            settings.certificateChain = chain.map { .certificate($0) }
            settings.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem))
        }
        return try NIOSSLContext(configuration: settings)
    }
}

/// The connection ended before the answer did.
struct BrokenAnswer: Error {}

private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    let promise: EventLoopPromise<VaultProbe.Answer>
    private var answer = VaultProbe.Answer()

    init(promise: EventLoopPromise<VaultProbe.Answer>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.headers = head.headers.map { ($0.name, $0.value) }
        case .body(let buffer): answer.body += buffer.readableBytesView
        case .end: promise.succeed(answer)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(BrokenAnswer())
    }
}
