import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WebAPI

@Suite struct BearerTests {
    private static let path = "/v1/tenants/acme/users/usr_01jd5m3k7q8x9v2w4y6z0a1b2c"

    @Test(
        "one bearer credential lets in, whatever the case of the scheme",
        arguments: ["Bearer abc.def-_~+/=", "bearer abc"])
    func accepted(value: String) async throws {
        let response = try await SampleAPI.respond(.get, Self.path, headers: [.authorization: value])
        #expect(response.status == .ok)
    }

    @Test(
        "anything else is 401 and names the scheme",
        arguments: [
            "", "abc", "Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Bearer  a", "Bearer a,b", "Bearer \u{e9}",
        ])
    func refused(value: String) async throws {
        let headers: HTTPFields = value.isEmpty ? [:] : [.authorization: value]
        let response = try await SampleAPI.respond(.get, Self.path, headers: headers)
        #expect(try response.problemCode() == "unauthenticated")
        #expect(response.headers[.wwwAuthenticate] == "Bearer")
    }

    @Test("two credentials are refused, and cookies are not looked at")
    func two() async throws {
        var headers: HTTPFields = [.authorization: "Bearer a"]
        headers.append(HTTPField(name: .authorization, value: "Bearer b"))
        #expect(try await SampleAPI.respond(.get, Self.path, headers: headers).problemCode() == "unauthenticated")
        let cookie: HTTPFields = [.cookie: "session=a; access_token=b"]
        #expect(try await SampleAPI.respond(.get, Self.path, headers: cookie).problemCode() == "unauthenticated")
    }

    @Test("an identifier that cannot exist is answered as one that does not")
    func identifiers() async throws {
        for id in ["x", "ten_01jd5m3k7q8x9v2w4y6z0a1b2c", "USR_01jd5m3k7q8x9v2w4y6z0a1b2c"] {
            let response = try await SampleAPI.respond(
                .get, "/v1/tenants/acme/users/\(id)", headers: [.authorization: "Bearer a"])
            #expect(try response.problemCode() == "not_found")
        }
    }
}
