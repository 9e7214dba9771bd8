import Hummingbird

/// Lets the other requests of the same event loop get as far before an answer is written.
///
/// The answers to requests that arrived together then leave together, too: neither this process nor its clients are woken
/// for each of them. A request that is alone waits for nobody.
struct AnswerGathering: RouterMiddleware {
    typealias Context = APIContext

    func handle(_ request: Request, context: APIContext, next: APIContext.Next) async throws -> Response {
        let response = try await next(request, context)
        await Task.yield()
        return response
    }
}
