package import Hummingbird
import Kernel
import PluginKit

/// What the server knows about a request beside the request itself. Filled by ``RequestIdentity``.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The other end of the connection; `nil` where it has no address.
    let peer: IPAddress?
    /// Names the request in answers, logs and the audit trail.
    var requestID = ""
    var client = ClientNetwork.unknown
    /// Why the request cannot be answered, found out before its route was; thrown where errors become problems.
    var failure: (any Error)?

    /// What stands behind a middleware: the next one, or the route. The router runs it off the caller's actor.
    package typealias Next = @concurrent (Request, APIContext) async throws -> Response

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress.flatMap(IPAddress.init)
    }

    /// The template of the route's path; one word for all paths that no route has, so that it is safe as a label.
    var route: String {
        guard let path = endpointPath, path.utf8.first == UInt8(ascii: "/") else { return "unknown" }
        return path
    }

    /// What the path says in place of `{tenant}`, where that is the slug or the id of a tenant, be there one or not.
    var tenant: String? {
        parameters.get("tenant").flatMap { name in
            TenantSlug(name) != nil || TenantID(name) != nil ? name : nil
        }
    }
}
