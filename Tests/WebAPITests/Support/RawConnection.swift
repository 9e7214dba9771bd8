import NIOCore
import NIOPosix

/// A connection that sends exactly the bytes it is given, as an attacker would.
struct RawConnection: Sendable {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    static func open(port: Int) async throws -> RawConnection {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return RawConnection(channel: channel)
    }

    /// Sends `pieces` one after another and reads until the server ends the connection.
    ///
    /// - Parameter isFinished: whether to close the sending side behind the pieces.
    func exchange(_ pieces: [String], pause: Duration = .zero, isFinished: Bool = false) async throws -> String {
        try await channel.executeThenClose { inbound, outbound in
            for piece in pieces {
                try? await outbound.write(ByteBuffer(string: piece))
                if pause > .zero { try await Task.sleep(for: pause) }
            }
            if isFinished { outbound.finish() }
            var answer = ByteBuffer()
            // A server that cuts the connection ends what can be read, and what came before still counts.
            do {
                for try await part in inbound { answer.writeImmutableBuffer(part) }
            } catch is IOError {}
            return String(buffer: answer)
        }
    }

    static func exchange(port: Int, _ pieces: String...) async throws -> String {
        try await open(port: port).exchange(pieces)
    }
}
