import Foundation
import HTTPTypes
import HummingbirdTesting
import Synchronization
import Testing

@testable import WebAPI

@Suite struct HTTPServerTests {
    @Test("port zero picks a free port and tells it")
    func boundPort() async throws {
        let port = try await RunningServer.serve { port, _ in port }
        #expect(port > 0)
    }

    @Test("the client's address comes from the socket, and from a trusted proxy")
    func clientAddress() async throws {
        try await RunningServer.serve { port, _ in
            let direct = try await RawConnection.exchange(
                port: port, "GET /v1/client HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(direct.contains("127.0.0.1 127.0.0.1/32"))
            let proxied = try await RawConnection.exchange(
                port: port,
                "GET /v1/client HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6, 2001:db8::1\r\nConnection: close\r\n\r\n"
            )
            #expect(proxied.contains("2001:db8::1 2001:db8::/64"))
        }
    }

    @Test("whatever they wait for, all requests of a connection are worked on by one thread")
    func oneThread() async throws {
        let threads = Mutex<Set<UInt>>([])
        let note = { @Sendable in
            let thread = unsafeBitCast(pthread_self(), to: UInt.self)
            threads.withLock { _ = $0.insert(thread) }
        }
        let routes = [
            Route(.get, "/wait", access: .anyone) { _, _ in
                note()
                await withCheckedContinuation { continuation in Thread.detachNewThread { continuation.resume() } }
                note()
                return .text("done", contentType: "text/plain")
            }
        ]
        let request = "GET /wait HTTP/1.1\r\nHost: a\r\n"
        let requests = String(repeating: request + "\r\n", count: 30) + request + "Connection: close\r\n\r\n"
        let answers = try await RunningServer.serve(routes) { port, _ in
            try await RawConnection.exchange(port: port, requests)
        }
        #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 32)
        #expect(threads.withLock { $0.count } == 1)
    }

    @Test("a request in flight is answered before the server ends")
    func drain() async throws {
        let (started, starts) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let routes = [
            Route(.get, "/slow", access: .anyone) { _, _ in
                starts.yield()
                await released.first { _ in true }
                return .text("done", contentType: "text/plain")
            }
        ]
        let answer = try await RunningServer.serve(routes) { port, shutDown in
            async let answer = RawConnection.exchange(port: port, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.first { _ in true }
            await shutDown()
            release.yield()
            return try await answer
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.hasSuffix("done"))
    }
}

extension AsyncStream {
    /// Waits for the first element.
    fileprivate func first(where isWanted: (Element) -> Bool) async {
        for await element in self where isWanted(element) { return }
    }
}
