package import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import Logging
import PluginKit

/// Gives every request its name and its client, and puts the name on the answer.
package struct RequestIdentity: RouterMiddleware {
    package typealias Context = APIContext

    private let proxies: TrustedProxies
    private let now: @Sendable () -> Date

    package init(proxies: TrustedProxies, now: @escaping @Sendable () -> Date) {
        self.proxies = proxies
        self.now = now
    }

    package func handle(
        _ request: Request, context: APIContext, next: APIContext.Next
    ) async throws -> Response {
        var context = context
        context.requestID = Self.sent(with: request.headers) ?? RequestID.make(at: now()).description
        context.client = proxies.client(peer: context.peer, headers: request.headers)
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = "\(context.requestID)"
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        return response
    }

    /// The client's own name for the request, where it is one that can go into a log unharmed.
    private static func sent(with headers: HTTPFields) -> String? {
        let values = headers[values: .requestID]
        guard values.count == 1, (1...64).contains(values[0].utf8.count) else { return nil }
        return values[0].utf8.allSatisfy { URLPath.isWordByte($0) || $0 == UInt8(ascii: ".") } ? values[0] : nil
    }
}
