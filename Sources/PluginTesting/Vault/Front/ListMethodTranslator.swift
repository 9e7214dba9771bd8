import NIOCore
import NIOHTTP1

/// Gets the method LIST, which is Vault's own, through a parser that knows only registered ones.
///
/// It is passed on as LINK, of the same length and unknown to Vault. The beginning of a request is taken to be the
/// beginning of what is read once the one before has ended, as with every client that waits for its answer.
final class ListMethodTranslator: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private var awaitsRequest = true
    private var beginning = ByteBuffer()

    static func translated(back method: HTTPMethod) -> HTTPMethod {
        method == .LINK ? HTTPMethod(rawValue: "LIST") : method
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        guard awaitsRequest else { return context.fireChannelRead(data) }
        beginning.writeBuffer(&buffer)
        guard let word = beginning.getString(at: beginning.readerIndex, length: "LIST ".utf8.count) else { return }
        if word == "LIST " { beginning.setString("LINK ", at: beginning.readerIndex) }
        awaitsRequest = false
        let whole = beginning
        beginning = ByteBuffer()
        context.fireChannelRead(wrapInboundOut(whole))
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is RequestEnded else { return context.triggerUserOutboundEvent(event, promise: promise) }
        awaitsRequest = true
        promise?.succeed()
    }
}

/// Says, towards the network, that a request has been read to its end.
struct RequestEnded {}
