import HTTPTypes
import Hummingbird
import Kernel

/// The one page that people see in a browser: where an invitation's link leads. It works through the same API as any client.
struct PageRoutes {
    let gate: Gate

    var routes: [Route] { [invitation, script, style] }

    private var invitation: Route {
        Route(.get, "/t/{tenant}/invitations/accept", access: gate.visitor) { _, _ in
            var response = Response.text(
                Self.text(PackageResources.invitation_html), contentType: "text/html; charset=utf-8")
            response.headers[.contentSecurityPolicy] = Self.policy
            return response
        }
    }

    private var script: Route {
        Route(.get, "/pages/invitation.js", access: .anyone) { _, _ in
            .text(Self.text(PackageResources.invitation_js), contentType: "text/javascript; charset=utf-8")
        }
    }

    private var style: Route {
        Route(.get, "/pages/pages.css", access: .anyone) { _, _ in
            .text(Self.text(PackageResources.pages_css), contentType: "text/css; charset=utf-8")
        }
    }

    /// Nothing inline but the picture of a second factor, nothing from elsewhere, no frame around it.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
