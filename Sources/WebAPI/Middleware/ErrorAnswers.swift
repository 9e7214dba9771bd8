package import Hummingbird
import Logging
import PluginKit

/// Turns what is thrown below it into problem answers, and refuses paths that have more than one spelling or hold a credential.
package struct ErrorAnswers: RouterMiddleware {
    package typealias Context = APIContext

    private let translation: ProblemTranslation

    package init(translation: ProblemTranslation) {
        self.translation = translation
    }

    package func handle(
        _ request: Request, context: APIContext, next: APIContext.Next
    ) async throws -> Response {
        do {
            if let failure = context.failure { throw failure }
            let path = request.uri.path
            // What comes behind may keep the path: the audit trail names what somebody was refused by it.
            guard !URLPath.holdsCredential(path) else { throw Problem(.tokenInURL) }
            guard URLPath.isPlain(path) else { throw Problem(.notFound) }
            return try await next(request, context)
        } catch {
            if error is SecretBackendError || error is KeyWrapperError {
                context.logger.error(
                    "a secret or key cannot be had", metadata: ["route": "\(context.route)", "error": "\(error)"])
            }
            let problem = translation.problem(for: error) ?? unexpected(error, context)
            let response = problem.response(requestID: context.requestID)
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    private func unexpected(_ error: any Error, _ context: APIContext) -> Problem {
        context.logger.error("request failed", metadata: ["route": "\(context.route)", "error": "\(error)"])
        return Problem(.internal)
    }
}
