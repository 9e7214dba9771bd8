import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import WebAPI

@Suite struct ConnectionGuardTests {
    private static let get = "GET /v1/hello HTTP/1.1\r\nHost: a\r\n"
    private static let post = "POST /v1/hello HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    private static let body = #"{"name":"Ada"}"#

    private func exchange(_ pieces: String...) async throws -> String {
        try await RunningServer.serve { port, _ in try await RawConnection.open(port: port).exchange(pieces) }
    }

    /// Sends the pieces more slowly than the server waits.
    private func exchangeSlowly(_ pieces: [String], _ routes: [Route] = SampleAPI.routes) async throws -> String {
        try await RunningServer.serve(routes, limits: RunningServer.shortLimits) { port, _ in
            try await RawConnection.open(port: port).exchange(pieces, pause: .milliseconds(100))
        }
    }

    @Test("good requests are answered, one after another on one connection")
    func good() async throws {
        let answer = try await exchange(
            Self.get + "\r\n", Self.post + "Content-Length: 14\r\n\r\n" + Self.body,
            Self.post + "Transfer-Encoding: chunked\r\n\r\ne\r\n" + Self.body + "\r\n0\r\n\r\n",
            Self.get + "Connection: close\r\n\r\n")
        #expect(answer.components(separatedBy: "HTTP/1.1 200 OK\r\n").count == 3)
        #expect(answer.components(separatedBy: "HTTP/1.1 201 Created\r\n").count == 3)
    }

    @Test(
        "a request that can be cut in two ways is refused, and nothing behind it is executed",
        arguments: [
            "Content-Length: 14\r\nTransfer-Encoding: chunked\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 14\r\n\r\n",
            "Content-Length: 14\r\nContent-Length: 15\r\n\r\n",
            "Content-Length: 14\r\nContent-Length: 14\r\n\r\n",
            "Content-Length: 14, 14\r\n\r\n",
            "Content-Length: +14\r\n\r\n",
            "Content-Length: 0x0e\r\n\r\n",
            "Content-Length : 14\r\n\r\n",
            "Transfer-Encoding: xchunked\r\n\r\n",
            "Transfer-Encoding: identity\r\n\r\n",
            "Transfer-Encoding: gzip, chunked\r\n\r\n",
            "Transfer-Encoding : chunked\r\n\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "X: a\r\n folded\r\nContent-Length: 14\r\n\r\n",
            "X: a\nContent-Length: 14\r\n\r\n",
            "X: a\rContent-Length: 14\r\n\r\n",
            "X\u{0}: a\r\nContent-Length: 14\r\n\r\n",
            "X: a\u{0}b\r\nContent-Length: 14\r\n\r\n",
            "Host: b\r\nContent-Length: 14\r\n\r\n",
        ])
    func smuggling(rest: String) async throws {
        let answer = try await exchange(Self.post + rest + Self.body + Self.get + "\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.contains("\"code\":\"bad_request\"") && answer.lowercased().contains("connection: close"))
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
    }

    @Test(
        "a broken chunk is refused, and nothing behind it is executed",
        arguments: ["g\r\n", "e;x=\"\n\"\r\n", "-1\r\n", "0e \u{0}\r\n", "ffffffffffffffffff\r\n"])
    func chunks(size: String) async throws {
        let head = Self.post + "Transfer-Encoding: chunked\r\n\r\n"
        let answer = try await exchange(head + size + Self.body + "\r\n0\r\n\r\n" + Self.get + "\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
    }

    @Test(
        "a request line that is none is refused",
        arguments: [
            "GET\r\n\r\n", "GET /v1/hello\r\n\r\n", "GET /v1/hello HTTP/9.9\r\nHost: a\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\r\n\r\n", "GET /v1/hello HTTP/1.1\r\n\r\n",
        ])
    func requestLines(text: String) async throws {
        let answer = try await exchange(text)
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && answer.contains("\"code\":\"bad_request\""))
    }

    @Test("headers beyond the limits are 431 in the form of a problem")
    func hugeHeaders() async throws {
        let one = "X: " + String(repeating: "a", count: 9 * 1024) + "\r\n"
        let many = (0..<101).map { "X\($0): a\r\n" }.joined()
        let large = (0..<90).map { "X\($0): \(String(repeating: "a", count: 300))\r\n" }.joined()
        for headers in [one, many, large] {
            let answer = try await exchange(Self.get + headers + "\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 431 ") && answer.contains("\"code\":\"headers_too_large\""))
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test("a body that is announced or grows too large is 413, and the connection ends")
    func hugeBody() async throws {
        let announced = try await exchange(Self.post + "Content-Length: 10000000\r\n\r\n", Self.body, Self.get + "\r\n")
        let chunk = "4000\r\n" + String(repeating: " ", count: 0x4000) + "\r\n"
        let grown = try await exchange(
            Self.post + "Transfer-Encoding: chunked\r\n\r\n", String(repeating: chunk, count: 20))
        for answer in [announced, grown] {
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("\"code\":\"payload_too_large\""))
            #expect(answer.lowercased().contains("connection: close"))
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
        }
    }

    @Test("a body that breaks off is not taken for a whole one")
    func brokenOff() async throws {
        let executions = Atomic<Int>(0)
        let routes = [
            Route(.post, "/v1/hello", access: .anyone, body: SampleAPI.Greeting.self) { _, _, _ in
                executions.wrappingAdd(1, ordering: .relaxed)
                return .noContent
            }
        ]
        let chunk = Self.post + "Transfer-Encoding: chunked\r\n\r\ne\r\n" + Self.body + "\r\n"
        let late = try await exchangeSlowly([chunk], routes)
        let halfClosed = try await RunningServer.serve(routes) { port, _ in
            try await RawConnection.open(port: port).exchange([chunk], isFinished: true)
        }
        #expect(!late.contains("204") && !halfClosed.contains("204"))
        #expect(executions.load(ordering: .relaxed) == 0)
    }

    @Test("a head that comes too slowly is cut off", .timeLimit(.minutes(1)))
    func slowHead() async throws {
        let answer = try await exchangeSlowly(
            ["GET /v1/hel", "lo HTTP/1.1\r\n", "Host", ": a\r\n", "X", ": ", "y", "z", "z", "z", "\r\n", "\r\n"])
        #expect(answer.isEmpty)
    }

    @Test("a body that comes too slowly is cut off", .timeLimit(.minutes(1)))
    func slowBody() async throws {
        let answer = try await exchangeSlowly([Self.post + "Content-Length: 14\r\n\r\n"] + Self.body.map(String.init))
        #expect(!answer.contains("201 Created"))
    }

    @Test("a connection that says nothing is cut off", .timeLimit(.minutes(1)))
    func silence() async throws {
        #expect(try await exchangeSlowly([]).isEmpty)
    }

    @Test("a bad request behind a good one is answered after it")
    func pipelined() async throws {
        let answer = try await exchange(Self.get + "\r\n" + "BROKEN\r\n\r\n")
        let good = try #require(answer.range(of: "HTTP/1.1 200 OK"))
        let bad = try #require(answer.range(of: "HTTP/1.1 400 Bad Request"))
        #expect(good.lowerBound < bad.lowerBound)
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 3)
    }
}
