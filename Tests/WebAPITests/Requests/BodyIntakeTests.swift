import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WebAPI

@Suite struct BodyIntakeTests {
    private static let good = #"{"name":"Ada"}"#

    private func post(_ body: String, _ headers: HTTPFields) async throws -> TestResponse {
        try await SampleAPI.respond(.post, "/v1/hello", headers: headers, body: body)
    }

    @Test(
        "JSON by its media type is taken",
        arguments: ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""])
    func types(type: String) async throws {
        #expect(try await post(Self.good, [.contentType: type]).status == .created)
    }

    @Test(
        "other media types are 415",
        arguments: [
            "", "text/json", "application/x-www-form-urlencoded", "application/json; charset=latin1",
            "application/json, text/plain",
        ])
    func otherTypes(type: String) async throws {
        let response = try await post(Self.good, type.isEmpty ? [:] : [.contentType: type])
        #expect(response.status == .unsupportedMediaType)
        #expect(try response.problemCode() == "unsupported_media_type")
    }

    @Test("a content coding is 415 before anything is unpacked", arguments: ["gzip", "identity", "br"])
    func codings(coding: String) async throws {
        let response = try await post(Self.good, [.contentType: "application/json", .contentEncoding: coding])
        #expect(try response.problemCode() == "unsupported_media_type")
    }

    @Test("headers of a body that is not there are taken as they are")
    func headersAlone() async throws {
        let headers: HTTPFields = [.contentType: "text/plain", .contentEncoding: "gzip"]
        #expect(try await SampleAPI.respond(.get, "/v1/hello", headers: headers).status == .ok)
        #expect(try await SampleAPI.respond(.post, "/v1/stop", headers: headers).status == .noContent)
    }

    @Test("64 KiB are taken, one byte more is 413")
    func size() async throws {
        let room = 64 * 1024 - Self.good.utf8.count
        let full = Self.good + String(repeating: " ", count: room)
        #expect(try await SampleAPI.postJSON("/v1/hello", full).status == .created)
        let response = try await SampleAPI.postJSON("/v1/hello", full + " ")
        #expect(response.status == .contentTooLarge)
        #expect(try response.problemCode() == "payload_too_large")
    }

    @Test("a broken document says where it breaks")
    func syntax() async throws {
        let response = try await SampleAPI.postJSON("/v1/hello", "{\"name\":")
        #expect(try response.problemCode() == "invalid_json")
        #expect(try response.object()["detail"] as? String == "The body is not JSON at byte 8.")
    }

    @Test("a route without a body refuses fields")
    func noBody() async throws {
        #expect(try await SampleAPI.respond(.post, "/v1/stop").status == .noContent)
        #expect(try await SampleAPI.postJSON("/v1/stop", "{}").status == .noContent)
        #expect(try await SampleAPI.postJSON("/v1/stop", "{\"tenant_id\":1}").problemCode() == "invalid_body")
    }
}
