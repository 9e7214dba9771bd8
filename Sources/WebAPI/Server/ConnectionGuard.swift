import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands between the HTTP parser and the application, one for each connection, and keeps its promises towards clients
/// that send HTTP badly or slowly:
///
/// * What the parser refuses is answered as a problem, after the answers that are due before it.
/// * A request that two readers could cut in different places is refused, and nothing behind it is read.
/// * A body that does not arrive in time ends the connection.
/// * Where the answer comes before the request is whole, the rest is not waited for: the connection ends with the answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ConnectionLimits
    /// Whether a head was read and the end of its request was not.
    private var isRequestOpen = false
    /// Requests handed on whose answers have not been written whole.
    private var answersDue = 0
    /// What to answer behind the answers that are due.
    private var refusal: Problem?
    /// Whether the last answer of this connection is on its way.
    private var isEnding = false
    /// Whether that answer is written: nothing is read or written any more.
    private var hasEnded = false
    private var bodyDeadline: Scheduled<Void>?

    init(limits: ConnectionLimits) {
        self.limits = limits
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil, !hasEnded else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard !RequestFraming.isAmbiguous(head) else { return refuse(Problem(.badRequest), context) }
            isRequestOpen = true
            answersDue += 1
            startBodyDeadline(context)
        case .body: break
        case .end:
            isRequestOpen = false
            bodyDeadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError, !isRequestOpen, !hasEnded {
            refuse(ProblemTranslation.problem(for: error), context)
        }
        // The application must learn of it too: a request that was cut off must not look like one that ended.
        context.fireErrorCaught(error)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // A client that is still sending must be read from, or closing would destroy the answer on its way.
        if hasEnded { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if hasEnded, case ChannelEvent.inputClosed? = event as? ChannelEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        bodyDeadline?.cancel()
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !hasEnded else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where isRequestOpen && answersDue == 1:
            isEnding = true
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            answersDue -= 1
            context.writeAndFlush(data, promise: promise)
            if answersDue == 0 { finishAnswers(context) }
        case .head, .body: context.write(data, promise: promise)
        }
    }

    private func finishAnswers(_ context: ChannelHandlerContext) {
        if let refusal { return writeRefusal(refusal, context) }
        if isEnding { end(context) }
    }

    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        refusal = problem
        if answersDue == 0 { writeRefusal(problem, context) }
    }

    private func writeRefusal(_ problem: Problem, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(bytes: problem.body(requestID: nil))
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        headers[.contentLength] = "\(body.readableBytes)"
        headers[.connection] = "close"
        SecurityHeaders.add(to: &headers)
        context.write(
            wrapOutboundOut(.head(HTTPResponse(status: problem.code.status, headerFields: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    // MARK: Ends

    private func end(_ context: ChannelHandlerContext) {
        hasEnded = true
        bodyDeadline?.cancel()
        context.close(mode: .output, promise: nil)
        context.read()
        let channel = context.channel
        context.eventLoop.scheduleTask(in: limits.linger) { channel.close(promise: nil) }
    }

    private func startBodyDeadline(_ context: ChannelHandlerContext) {
        let channel = context.channel
        bodyDeadline = context.eventLoop.scheduleTask(in: limits.body) { channel.close(promise: nil) }
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
