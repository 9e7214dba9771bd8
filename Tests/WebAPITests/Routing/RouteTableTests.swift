import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WebAPI

@Suite struct RouteTableTests {
    @Test("routes can be listed with who may call them")
    func listing() {
        let lines = SampleAPI.routes.map { "\($0.method.rawValue) \($0.path) \($0.access)" }
        #expect(lines.contains("GET /v1/tenants/{tenant}/users/{user} permission users.read"))
        #expect(lines.contains("POST /v1/hello anyone"))
    }

    @Test("an unknown path is 404", arguments: ["/", "/v1", "/v1/hell", "/v1/hello/x", "/v2/hello", "*"])
    func unknown(path: String) async throws {
        #expect(try await SampleAPI.respond(.get, path).problemCode() == "not_found")
    }

    @Test(
        "a second spelling of a known path is 404",
        arguments: [
            "//v1/hello", "/v1//hello", "/v1/hello/", "/v1/./hello", "/v1/x/../hello", "/v1/%68ello", "/V1/hello",
            "/v1/hello;a=b",
            "/v1/hello%00", "/v1\\hello", "/v1/hell\u{f6}",
        ])
    func otherSpellings(path: String) async throws {
        #expect(try await SampleAPI.respond(.get, path).problemCode() == "not_found")
    }

    @Test(
        "a method that a path does not have is 405 with those it has",
        arguments: [HTTPRequest.Method.put, .delete, .patch, .trace, .connect])
    func methods(method: HTTPRequest.Method) async throws {
        let response = try await SampleAPI.respond(method, "/v1/hello")
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "GET, HEAD, OPTIONS, POST")
        #expect(try response.problemCode() == "method_not_allowed")
        #expect(try await SampleAPI.respond(method, "/v1/stop").headers[.allow] == "OPTIONS, POST")
    }

    @Test("HEAD is GET without a body, in success and in failure")
    func head() async throws {
        let get = try await SampleAPI.respond(.get, "/v1/hello")
        let head = try await SampleAPI.respond(.head, "/v1/hello")
        #expect(head.status == .ok && head.text.isEmpty)
        #expect(head.headers[.contentLength] == get.headers[.contentLength])
        let missing = try await SampleAPI.respond(.head, "/v1/nothing")
        #expect(missing.status == .notFound && missing.text.isEmpty)
        #expect(try await SampleAPI.respond(.head, "/v1/stop").status == .methodNotAllowed)
    }

    @Test("the query is refused before access, and access before the body")
    func order() async throws {
        let path = "/v1/tenants/acme/users/usr_01jd5m3k7q8x9v2w4y6z0a1b2c"
        #expect(try await SampleAPI.respond(.get, path + "?x=1").problemCode() == "invalid_query")
        #expect(try await SampleAPI.respond(.get, path, body: "not json").problemCode() == "unauthenticated")
    }

    @Test("a credential in the URL is refused on every route")
    func tokenInURL() async throws {
        #expect(try await SampleAPI.respond(.get, "/v1/hello?access_token=abc").problemCode() == "token_in_url")
    }
}
