import HTTPTypes
package import Hummingbird
import Kernel
import PluginKit

/// Serves a tenant's people under its own domain without the prefix: what is asked for there as `/login` is
/// `/t/acme/login` to the routes.
///
/// The tenant's own prefix works there too; other tenants, the platform and administration are not found there. A request
/// to any other host passes as it is. The `Host` of the request decides, and no header that stands for it.
package struct DomainResponder<Routes: HTTPResponder>: HTTPResponder where Routes.Context == APIContext {
    private let routes: Routes
    private let domains: ServedDomains

    package init(_ routes: Routes, domains: ServedDomains) {
        self.routes = routes
        self.domains = domains
    }

    package func respond(to request: Request, context: APIContext) async throws -> Response {
        let tenant: Tenant?
        do {
            tenant = try await domains.tenant(at: request.head.authority ?? "")
        } catch {
            // Whose the domain is cannot be told, so nothing is served there.
            var context = context
            context.failure = error
            return try await routes.respond(to: request.asking(for: "/"), context: context)
        }
        guard let tenant else { return try await routes.respond(to: request, context: context) }
        return try await routes.respond(
            to: request.asking(for: TenantPath.path(of: request, at: tenant)), context: context)
    }
}

/// How paths under a tenant's own domain read for the routes.
private enum TenantPath {
    /// What the pages of all tenants are made of.
    private static let pages = "/pages/"

    static func path(of request: Request, at tenant: Tenant) -> String {
        let path = request.uri.path
        if path.utf8.starts(with: pages.utf8) { return path }
        // No tenant's route begins with one of these, so that a path means one thing, whoever reads it.
        for plane in ["/t", "/v1"] where path.utf8.elementsEqual(plane.utf8) { return nowhere }
        if path.utf8.starts(with: "/v1/".utf8) { return nowhere }
        guard path.utf8.starts(with: "/t/".utf8) else { return "/t/\(tenant.slug)" + path }
        let name = path.utf8.dropFirst("/t/".utf8.count).prefix { $0 != UInt8(ascii: "/") }
        let isOwn = name.elementsEqual(tenant.slug.text.utf8) || name.elementsEqual(tenant.id.description.utf8)
        return isOwn ? path : nowhere
    }

    /// No route has this path.
    private static let nowhere = "/"
}

extension Request {
    /// The same request for another path.
    fileprivate func asking(for path: String) -> Request {
        guard !path.utf8.elementsEqual(uri.path.utf8) else { return self }
        var head = head
        head.path = uri.query.map { "\(path)?\($0)" } ?? path
        return Request(head: head, body: body)
    }
}
