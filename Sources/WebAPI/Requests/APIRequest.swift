package import HTTPTypes
import Hummingbird
package import PluginKit

/// A request as handlers see it, without its body.
package struct APIRequest: Sendable {
    /// Names the request in answers, logs and the audit trail: `req_…`, or what the client sent in `X-Request-Id`.
    package let id: String
    /// The template of the route's path.
    package let route: String
    package let method: HTTPRequest.Method
    /// The path as it was asked for, without the query.
    package let path: String
    package let client: ClientNetwork
    package let query: Query
    package let headers: HTTPFields
    /// The body as it came; empty until access was granted.
    package internal(set) var body: [UInt8] = []
    private let parameters: Parameters

    init(_ request: Request, context: APIContext, query names: Set<String>) throws(Problem) {
        id = context.requestID
        route = context.route
        method = request.method
        path = request.uri.path
        client = context.client
        query = try Query(request.uri.query ?? "", names: names)
        headers = request.headers
        parameters = context.parameters
    }

    /// What stands in the path in place of `{name}`.
    ///
    /// - Precondition: the route's path has such a place.
    package func parameter(_ name: String) -> String {
        guard let value = parameters.get(name) else { preconditionFailure("\(route) has no {\(name)}") }
        return value
    }

    /// The identifier in the path in place of `{name}`.
    ///
    /// - Throws: `not_found` for text that is no such identifier, as for one that does not exist.
    package func identifier<Kind>(_ name: String, of kind: Kind.Type = Kind.self) throws(Problem) -> Identifier<Kind> {
        guard let identifier = Identifier<Kind>(parameter(name)) else { throw Problem(.notFound) }
        return identifier
    }

    /// The first 256 bytes of `User-Agent`: told by the client, so good for showing, never for deciding.
    package var userAgent: String? {
        headers[.userAgent].map { String(decoding: $0.utf8.prefix(256), as: UTF8.self) }
    }
}
