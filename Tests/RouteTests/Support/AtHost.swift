import HTTPTypes
import Hummingbird
import WebAPI

/// Asks for another host than the client that tests use, which only knows one.
struct AtHost<Routes: HTTPResponder>: HTTPResponder where Routes.Context == APIContext {
    let host: String
    let responder: Routes

    func respond(to request: Request, context: APIContext) async throws -> Response {
        var head = request.head
        head.authority = host
        return try await responder.respond(to: Request(head: head, body: request.body), context: context)
    }
}
