import Foundation
import PluginKit
import Synchronization
import Testing

@testable import PostgresStore

/// Stands between clients and the server's socket, and passes on what it is told to.
final class Relay: Sendable {
    enum Manner {
        case everything
        /// What either side says is swallowed, and no connection ends.
        case nothing
        /// As a pooler in transaction mode does it: what the server announces goes on only as part of an answer.
        case answersOnly
    }

    private let folder = TestCluster.temporaryDirectory()
    private let serverSocket: String
    private let entrance: Int32
    private let manner: Mutex<Manner>
    private let isClosed = Atomic(false)

    init(to cluster: TestCluster, _ manner: Manner) throws {
        serverSocket = try #require(cluster.folder.socketFolderInUse) + "/.s.PGSQL.5432"
        self.manner = Mutex(manner)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        entrance = UnixSocket.make()
        let isOpen =
            UnixSocket.with(folder + "/.s.PGSQL.5432") { bind(entrance, $0, $1) == 0 } && listen(entrance, 8) == 0
        try #require(isOpen)
        Thread.detachNewThread { self.accept() }
    }

    func behave(_ manner: Manner) { self.manner.withLock { $0 = manner } }

    /// The same connection string by way of the relay.
    func url(_ url: SecretText) -> SecretText {
        url.withExposed { SecretText("\($0.prefix { $0 != "?" })?host=\(folder)&port=5432") }
    }

    func close() {
        isClosed.store(true, ordering: .releasing)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func accept() {
        while !isClosed.load(ordering: .acquiring) {
            guard isReadable(entrance) else { continue }
            let client = Glibc.accept(entrance, nil, nil)
            Thread.detachNewThread { self.carry(client) }
        }
        Glibc.close(entrance)
    }

    private func carry(_ client: Int32) {
        let server = UnixSocket.make()
        defer {
            Glibc.close(client)
            Glibc.close(server)
        }
        guard UnixSocket.with(serverSocket, { connect(server, $0, $1) == 0 }) else { return }
        var answers = Answers()
        while !isClosed.load(ordering: .acquiring) {
            if isReadable(client) {
                guard let bytes = UnixSocket.read(client) else { return }
                answers.isAsked = true
                pass(bytes, to: server)
            }
            if isReadable(server) {
                guard let bytes = UnixSocket.read(server) else { return }
                let answered = answers.take(bytes)
                pass(manner.withLock { $0 } == .answersOnly ? answered : bytes, to: client)
            }
        }
    }

    private func pass(_ bytes: [UInt8], to end: Int32) {
        guard manner.withLock({ $0 }) != .nothing, !bytes.isEmpty else { return }
        _ = bytes.withUnsafeBytes { send(end, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private func isReadable(_ descriptor: Int32) -> Bool {
        Readiness.wait(for: descriptor, events: Readiness.input, until: .now + .milliseconds(2))
    }
}

/// Tells the messages of the server that belong to an answer from those that come unasked.
private struct Answers {
    /// Whether the client has said something that the server has not answered to the end.
    var isAsked = true
    private var held: [UInt8] = []

    /// What of the messages that are complete now belongs to an answer.
    mutating func take(_ bytes: [UInt8]) -> [UInt8] {
        held += bytes
        var answered: [UInt8] = []
        while held.count >= 5 {
            // A letter, and a length that counts itself.
            let length = 1 + held[1...4].reduce(0) { $0 << 8 | Int($1) }
            guard held.count >= length else { break }
            if isAsked || held[0] != UInt8(ascii: "A") { answered += held[..<length] }
            if held[0] == UInt8(ascii: "Z") { isAsked = false }
            held.removeFirst(length)
        }
        return answered
    }
}

private enum UnixSocket {
    static func make() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }

    /// Lends the address of the socket at `path`, which is short.
    static func with<Value>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }

    /// What has arrived; `nil` where the other end is gone.
    static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? Array(bytes[..<count]) : nil
    }
}
