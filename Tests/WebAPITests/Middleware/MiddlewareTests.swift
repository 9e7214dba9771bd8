import HTTPTypes
import HummingbirdTesting
import Kernel
import Logging
import PluginKit
import Testing

@testable import WebAPI

@Suite struct MiddlewareTests {
    // MARK: Names of requests

    @Test(
        "a request's own name is kept where it is harmless",
        arguments: ["abc", "req_1.2-3", String(repeating: "a", count: 64)])
    func keptID(id: String) async throws {
        #expect(try await SampleAPI.respond(.get, "/v1/hello", headers: [.requestID: id]).headers[.requestID] == id)
    }

    @Test(
        "any other name is replaced by one of ours",
        arguments: ["", "a b", "a\"b", "\u{e9}", String(repeating: "a", count: 65)])
    func replacedID(id: String) async throws {
        let response = try await SampleAPI.respond(.get, "/v1/nothing", headers: [.requestID: id])
        let name = try #require(response.headers[.requestID])
        #expect(RequestID(name) != nil)
        #expect(try response.object()["request_id"] as? String == name)
    }

    // MARK: Headers

    @Test("every answer carries the security headers", arguments: ["/v1/hello", "/v1/nothing", "/v1/defect"])
    func securityHeaders(path: String) async throws {
        let headers = try await SampleAPI.respond(.get, path).headers
        #expect(headers[.cacheControl] == "no-store")
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.referrerPolicy] == "no-referrer")
        #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
        #expect(headers[.crossOriginResourcePolicy] == "same-origin")
        #expect(headers[.strictTransportSecurity] == nil && headers[.setCookie] == nil && headers[.server] == nil)
    }

    @Test("HSTS is sent behind TLS only")
    func strictTransport() async throws {
        let middleware = SampleAPI.middleware(isBehindTLS: true)
        let response = try await SampleAPI.respond(.get, "/v1/hello", middleware: middleware)
        #expect(response.headers[.strictTransportSecurity] == "max-age=31536000; includeSubDomains")
    }

    // MARK: Errors

    @Test("an unexpected error is 500, its cause in the log and not in the answer")
    func defect() async throws {
        let log = CapturedLog()
        let response = try await SampleAPI.respond(.get, "/v1/defect", logger: log.logger)
        #expect(try response.problemCode() == "internal")
        #expect(!response.text.contains("database") && !response.text.contains("Unexpected"))
        #expect(log.lines.contains { $0.contains("request failed") && $0.contains("Unexpected") })
    }

    @Test("a database that is away is 503 with Retry-After")
    func away() async throws {
        let response = try await SampleAPI.respond(.get, "/v1/away")
        #expect(try response.problemCode() == "unavailable")
        #expect(response.headers[.retryAfter] == "1")
    }

    // MARK: Log and metrics

    @Test("the access log names the route and the tenant, never the URL or a credential")
    func accessLog() async throws {
        let log = CapturedLog()
        _ = try await SampleAPI.respond(
            .get, "/v1/tenants/acme/users/usr_01jd5m3k7q8x9v2w4y6z0a1b2c", headers: [.authorization: "Bearer canary-1"],
            logger: log.logger)
        _ = try await SampleAPI.respond(.get, "/v1/hello?name=canary-2", logger: log.logger)
        _ = try await SampleAPI.respond(.get, "/canary-3?api_key=canary-4", logger: log.logger)
        let text = log.lines.joined(separator: "\n")
        #expect(
            text.contains("\"route\":\"/v1/tenants/{tenant}/users/{user}\"") && text.contains("\"tenant\":\"acme\""))
        #expect(text.contains("\"route\":\"unknown\"") && text.contains("\"request_id\":\"req_"))
        #expect(!text.contains("canary") && !text.contains("usr_01"))
    }

    @Test("requests are counted by method, route and status, with few labels whatever is asked for")
    func metrics() async throws {
        let metrics = PrometheusMetrics()
        let middleware = SampleAPI.middleware(metrics: metrics)
        for path in ["/v1/hello", "/v1/hello", "/a", "/b"] {
            _ = try await SampleAPI.respond(.get, path, middleware: middleware)
        }
        let text = metrics.exposition()
        #expect(text.contains(#"http_requests_total{method="GET",route="/v1/hello",status="200"} 2"#))
        #expect(text.contains(#"http_requests_total{method="GET",route="unknown",status="404"} 2"#))
        #expect(text.contains(#"http_request_duration_seconds_count{method="GET",route="/v1/hello"} 2"#))
    }

    // MARK: Cross origin

    private static let tenantPath = "/v1/tenants/acme/users/usr_01jd5m3k7q8x9v2w4y6z0a1b2c"

    @Test("a preflight from a listed origin is told what the route allows")
    func preflight() async throws {
        let response = try await SampleAPI.respond(
            .options, Self.tenantPath,
            headers: [.origin: "https://app.acme.example", .accessControlRequestMethod: "GET"])
        #expect(response.status == .noContent)
        #expect(response.headers[.accessControlAllowOrigin] == "https://app.acme.example")
        #expect(response.headers[.accessControlAllowMethods] == "GET, HEAD, OPTIONS")
        #expect(response.headers[.accessControlAllowCredentials] == nil)
        #expect(response.headers[values: .vary] == ["Origin"])
    }

    @Test("errors can be read by a listed origin too")
    func errors() async throws {
        let response = try await SampleAPI.respond(
            .get, Self.tenantPath, headers: [.origin: "https://app.acme.example"])
        #expect(response.status == .unauthorized)
        #expect(response.headers[.accessControlAllowOrigin] == "https://app.acme.example")
    }

    @Test(
        "other origins get nothing",
        arguments: [
            "https://evil.example", "null", "https://app.acme.example.evil", "https://app.acme.example:444",
            "http://app.acme.example",
            "https://APP.acme.example", "https://app.acme.example/", "",
        ])
    func otherOrigins(origin: String) async throws {
        for method in [HTTPRequest.Method.get, .options] {
            let response = try await SampleAPI.respond(
                method, Self.tenantPath, headers: [.origin: origin, .accessControlRequestMethod: "GET"])
            #expect(response.headers[.accessControlAllowOrigin] == nil)
            #expect(response.headers[values: .vary] == ["Origin"])
        }
        let foreign = try await SampleAPI.respond(
            .get, "/v1/tenants/other/users/x", headers: [.origin: "https://app.acme.example"])
        #expect(foreign.headers[.accessControlAllowOrigin] == nil)
    }
}
