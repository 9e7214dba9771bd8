import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One connection: gathers a request, has it answered, and sends the answer in the form it is to have.
final class VaultConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: VaultServer.Answer
    private var request: HTTPRequest?
    private var keepsAlive = true

    init(answer: @escaping VaultServer.Answer) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, from: context.remoteAddress)
        case .body(let buffer): add(buffer)
        case .end: finish(context)
        }
    }

    // A client that breaks off, or does not trust the certificate, has nobody to be told here.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func begin(_ head: HTTPRequestHead, from client: SocketAddress?) {
        keepsAlive = head.isKeepAlive
        request = HTTPRequest(
            method: ListMethodTranslator.translated(back: head.method).rawValue, target: head.uri,
            headers: head.headers.map { ($0.name, $0.value) },
            remoteAddress: client?.ipAddress ?? "127.0.0.1")
    }

    private func add(_ buffer: ByteBuffer) {
        request?.bodySizeBytes += buffer.readableBytes
        guard request?.isTooLarge == false else { return }
        request?.body += buffer.readableBytesView
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let request else { return }
        self.request = nil
        context.triggerUserOutboundEvent(RequestEnded(), promise: nil)
        let delivery = answer(request)
        guard delivery.delay > .zero else { return send(delivery, to: request, in: context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delivery.delay)) {
            let (connection, context) = bound.value
            connection.send(delivery, to: request, in: context)
        }
    }

    private func send(_ delivery: HTTPDelivery, to request: HTTPRequest, in context: ChannelHandlerContext) {
        delivery.end()
        switch delivery.form {
        case .plain(let reply): send(reply, isChunked: false, to: request, in: context)
        case .chunked(let reply): send(reply, isChunked: true, to: request, in: context)
        case .partial(let reply): sendHalf(of: reply, in: context)
        case .reset: reset(context)
        case .silence: break
        }
    }

    private func send(_ reply: HTTPReply, isChunked: Bool, to request: HTTPRequest, in context: ChannelHandlerContext) {
        let hasBody = request.method != "HEAD" && reply.status != 204
        var head = head(of: reply)
        if isChunked {
            head.headers.add(name: "Transfer-Encoding", value: "chunked")
        } else if hasBody {
            head.headers.add(name: "Content-Length", value: "\(reply.body.count)")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        // In pieces, so that what is chunked has more than one chunk.
        for piece in hasBody ? reply.body.pieces(of: isChunked ? 16 : Int.max) : [] {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: piece)))), promise: nil)
        }
        let closes = !keepsAlive
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            if closes { bound.value.close(promise: nil) }
        }
    }

    private func sendHalf(of reply: HTTPReply, in context: ChannelHandlerContext) {
        var head = head(of: reply)
        head.headers.add(name: "Content-Length", value: "\(reply.body.count)")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let half = ByteBuffer(bytes: reply.body.prefix(reply.body.count / 2))
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(half)))).assumeIsolated().whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    /// Without lingering, closing discards what is unsent and tells the other side by a reset.
    private func reset(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let provider = channel as? any SocketOptionProvider
        let lingering = provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        (lingering ?? context.eventLoop.makeSucceededVoidFuture()).whenComplete { _ in
            // The channel, not the pipeline: TLS would first say goodbye.
            channel.close(mode: .all, promise: nil)
        }
    }

    private func head(of reply: HTTPReply) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        for (name, value) in reply.headers { headers.add(name: name, value: value) }
        if !keepsAlive { headers.add(name: "Connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
    }
}

extension Array {
    fileprivate func pieces(of size: Int) -> [ArraySlice<Element>] {
        guard count > size else { return isEmpty ? [] : [self[...]] }
        return stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
