import HTTPTypes
package import Hummingbird

/// All routes of one port: finds the one that a request means and answers what no route answers.
package struct RouteTable: Sendable {
    package let routes: [Route]

    /// Methods that are answered for a known path even where no route has them.
    private static let knownMethods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
    ]

    /// - Precondition: no two routes have the same method and path.
    package init(_ routes: [Route]) {
        self.routes = routes
    }

    /// What answers every request of the port, whether or not a route is meant by it.
    ///
    /// - Parameter middleware: from the outside in; what stands first sees the answer last, as it leaves.
    package func responder(
        middleware: [any MiddlewareProtocol<Request, Response, APIContext>]
    ) -> RouterResponder<APIContext> {
        let router = Router(context: APIContext.self)
        for middleware in middleware { router.add(middleware: middleware) }
        for (path, routes) in Dictionary(grouping: routes, by: \.path) { Self.add(routes, at: path, to: router) }
        return router.buildResponder()
    }

    private static func add(_ routes: [Route], at path: String, to router: Router<APIContext>) {
        let allowed = allowedMethods(of: routes)
        for route in routes {
            router.on(RouterPath(path), method: route.method, responder: CallbackResponder(callback: route.respond))
        }
        for method in knownMethods where !routes.contains(where: { $0.method == method }) {
            let get = method == .head ? routes.first { $0.method == .get } : nil
            router.on(
                RouterPath(path), method: method,
                responder: CallbackResponder { request, context in
                    if let get { return try await get.respond(request, context).createHeadResponse() }
                    guard method == .options else { throw Problem(.methodNotAllowed, headers: [.allow: allowed]) }
                    return Response(status: .noContent, headers: [.allow: allowed])
                })
        }
    }

    /// The value of `Allow` for one path (RFC 9110, 10.2.1).
    private static func allowedMethods(of routes: [Route]) -> String {
        let declared = routes.map(\.method.rawValue)
        let implied = declared.contains("GET") ? ["HEAD", "OPTIONS"] : ["OPTIONS"]
        return Set(declared + implied).sorted().joined(separator: ", ")
    }
}
