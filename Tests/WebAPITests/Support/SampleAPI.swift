import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import Metrics
import PluginKit
import Testing

@testable import WebAPI

/// A small API with one route of each kind, for the tests of what stands around routes.
enum SampleAPI {
    struct Greeting: JSONBody {
        let name: String
        let times: Int?

        init(reading body: BodyReader) {
            name = body.text("name", bytes: 1...20)
            times = body.optionalInteger("times", in: 1...3)
        }
    }

    private struct Answer: Encodable {
        let greeting: String
        let madeAt: Date
    }

    struct Unexpected: Error {
        let secret = "the password of the database"
    }

    static let time = Date(timeIntervalSince1970: 1_750_000_000.25)

    static let routes: [Route] = [
        Route(.get, "/v1/hello", access: .anyone, query: ["name"]) { request, _ in
            try .json(Answer(greeting: request.query.values["name"] ?? "nobody", madeAt: time))
        },
        Route(.post, "/v1/hello", access: .anyone, body: Greeting.self) { _, _, body in
            try .json(Answer(greeting: body.name, madeAt: time), status: .created)
        },
        Route(.post, "/v1/stop", access: .anyone) { _, _ in .noContent },
        Route(.get, "/v1/tenants/{tenant}/users/{user}", access: bearerOnly) { request, _ in
            let user = try request.identifier("user", of: UserKind.self)
            return try .json(Answer(greeting: "\(user) at \(request.parameter("tenant"))", madeAt: time))
        },
        Route(.get, "/v1/client", access: .anyone) { request, _ in
            try .json(Answer(greeting: "\(request.client.address) \(request.client.network)", madeAt: time))
        },
        Route(.get, "/v1/defect", access: .anyone) { _, _ in throw Unexpected() },
        Route(.get, "/v1/away", access: .anyone) { _, _ in throw DatabaseError.unavailable },
    ]

    /// Lets in whoever has any bearer credential.
    private static let bearerOnly = Access<Void>(.permission(.usersRead)) { _ = try $0.requiredBearer() }

    /// The middleware of the public port, around one tenant `acme` that lists one origin.
    static func middleware(
        metrics: any MetricsFactory = PrometheusMetrics(), isBehindTLS: Bool = false
    ) -> [any MiddlewareProtocol<Request, Response, APIContext>] {
        [
            AnswerGathering(),
            RequestIdentity(proxies: TrustedProxies([AddressBlock("127.0.0.0/8")].compactMap { $0 }), now: { time }),
            AccessLog(), RequestMetrics(factory: metrics), SecurityHeaders(isBehindTLS: isBehindTLS),
            CrossOrigin { $0 == "acme" ? ["https://app.acme.example"] : [] },
            ErrorAnswers(translation: ProblemTranslation()),
        ]
    }

    /// Sends one request through router and middleware, without a socket.
    static func respond(
        _ method: HTTPRequest.Method, _ uri: String, headers: HTTPFields = [:], body: String? = nil,
        middleware: [any MiddlewareProtocol<Request, Response, APIContext>] = middleware(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) async throws -> TestResponse {
        let application = Application(responder: RouteTable(routes).responder(middleware: middleware), logger: logger)
        return try await application.test(.router) { client in
            try await client.execute(
                uri: uri, method: method, headers: headers, body: body.map(ByteBuffer.init(string:)))
        }
    }

    static func postJSON(_ uri: String, _ body: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "application/json"
        return try await respond(.post, uri, headers: headers, body: body)
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    /// The body as a JSON object.
    func object() throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any])
    }

    /// The code of the problem; fails the test where the answer is none.
    func problemCode() throws -> String {
        #expect(headers[.contentType] == "application/problem+json")
        let object = try object()
        #expect(object["status"] as? Int == status.code)
        return try #require(object["code"] as? String)
    }
}
