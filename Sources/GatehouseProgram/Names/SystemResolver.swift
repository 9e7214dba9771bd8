import CResolv
import Foundation
import Kernel
import Synchronization

/// Looks text records up as the C library does, by the name servers of `/etc/resolv.conf` or by one that was named.
///
/// The library waits for its sockets, so each look-up has a thread of its own, and there are only a few at a time.
struct SystemResolver: TextRecordResolver {
    /// After how long whoever asked is told that nothing could be told; the thread ends in its own time.
    static let deadline: DispatchTimeInterval = .seconds(8)
    private static let mostAtOnce = 8
    private static let running = Mutex(0)

    /// `nil` takes those of the system.
    let server: DNSServer?

    func texts(of name: String) async throws -> [[UInt8]] {
        guard Self.enter() else { throw NameServersSilent(reason: "too many look-ups are under way") }
        return try await withCheckedThrowingContinuation { continuation in
            let answer = FirstAnswer(continuation)
            Thread.detachNewThread { [server] in
                answer.give(Result { try Self.lookUp(name, server: server) })
                Self.running.withLock { $0 -= 1 }
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.deadline) {
                answer.give(.failure(NameServersSilent(reason: "no name server answered in time")))
            }
        }
    }

    private static func enter() -> Bool {
        running.withLock { running in
            guard running < mostAtOnce else { return false }
            running += 1
            return true
        }
    }

    /// Blocks the thread.
    private static func lookUp(_ name: String, server: DNSServer?) throws -> [[UInt8]] {
        var state = gatehouse_res_state()
        guard gatehouse_res_ninit(&state) == 0 else {
            throw NameServersSilent(reason: "the resolver's configuration cannot be read")
        }
        defer { gatehouse_res_nclose(&state) }
        if let server { gatehouse_res_server(&state, server.address, server.port.bigEndian) }
        gatehouse_res_patience(&state, 2, 2)
        var answer = [UInt8](repeating: 0, count: 65_535)
        let size = gatehouse_res_nquery(
            &state, name, Int32(TextRecordAnswer.internet), Int32(TextRecordAnswer.text), &answer, Int32(answer.count))
        guard size >= 0 else { return try nothing(because: gatehouse_res_error(&state)) }
        guard let texts = TextRecordAnswer.texts(in: Array(answer.prefix(Int(size)))) else {
            throw NameServersSilent(reason: "a name server answered what is no answer")
        }
        return texts
    }

    /// No such name, or a name without such records, is an answer; all else is none.
    private static func nothing(because error: Int32) throws -> [[UInt8]] {
        guard error == HOST_NOT_FOUND || error == NO_DATA else {
            throw NameServersSilent(reason: "no name server gave an answer")
        }
        return []
    }
}

/// Resumes who waits once, with whatever comes first.
private final class FirstAnswer: Sendable {
    typealias Continuation = CheckedContinuation<[[UInt8]], any Error>

    private let waiting: Mutex<Continuation?>

    init(_ continuation: Continuation) {
        waiting = Mutex(continuation)
    }

    func give(_ answer: Result<[[UInt8]], any Error>) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: answer)
    }
}

/// A name server to ask instead of the system's: `127.0.0.1:5353`. IPv4 only, as a resolver beside the server has it.
struct DNSServer: Sendable, Equatable {
    /// In the order of the network.
    let address: UInt32
    let port: UInt16

    init?(_ text: String) {
        guard let listen = ListenAddress(text), let port = UInt16(exactly: listen.port), port > 0 else { return nil }
        var address = in_addr()
        guard inet_pton(AF_INET, listen.host, &address) == 1 else { return nil }
        self.address = address.s_addr
        self.port = port
    }
}
