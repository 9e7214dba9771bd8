import HTTPTypes
import Hummingbird
import Kernel
import PluginKit

/// What anybody may know of a tenant: its public keys, its metadata, the sessions that are over; and this API's own document.
struct DiscoveryRoutes {
    let gate: Gate
    let kernel: KernelServices

    var routes: [Route] { [keys, metadata, revocations, document] }

    private var keys: Route {
        Route(.get, "/t/{tenant}/jwks.json", access: gate.visitor) { _, tenant in
            let published = try await kernel.signingKeys.keys(of: tenant).published
            return try .json(KeySetView(keys: published.map(\.publicKey)), headers: Self.cacheable)
        }
    }

    private var metadata: Route {
        Route(.get, "/t/{tenant}/.well-known/openid-configuration", access: gate.visitor) { _, tenant in
            try .json(MetadataView(tenant), headers: Self.cacheable)
        }
    }

    private var revocations: Route {
        Route(.get, "/t/{tenant}/revocations", access: gate.visitor) { request, tenant in
            let feed = kernel.revocations(of: tenant)
            let list = try await feed.current()
            let tag = "\"\(list.tag)\""
            if request.headers[.ifNoneMatch] == tag {
                return Response(status: .notModified, headers: [.eTag: tag])
            }
            var response = Response.text(try await feed.signed(list), contentType: "application/jwt")
            response.headers[.eTag] = tag
            return response
        }
    }

    private var document: Route {
        Route(.get, "/openapi.yaml", access: .anyone) { _, _ in
            .text(APIDocument.text, contentType: "application/yaml")
        }
    }

    /// Public, and the same for everybody; keys are published long before they sign.
    private static let cacheable: HTTPFields = [.cacheControl: "public, max-age=60"]
}

/// This API's description in OpenAPI, as the program carries it.
package enum APIDocument {
    package static var text: String { String(decoding: PackageResources.openapi_yaml, as: UTF8.self) }
}

private struct KeySetView: Encodable {
    let keys: [PublicJWK]
}

/// The metadata of a tenant's issuer, as far as there is something to say: no authorization endpoint exists yet.
private struct MetadataView: Encodable {
    let issuer: String
    let jwksUri: String
    let idTokenSigningAlgValuesSupported: [String]
    let claimsSupported: [String]

    init(_ tenant: Tenant) {
        issuer = tenant.issuer
        jwksUri = tenant.address + "/jwks.json"
        idTokenSigningAlgValuesSupported = [tenant.policy.signingKey.algorithm.jwtName]
        claimsSupported = [
            "iss", "aud", "sub", "tid", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr", "acr", "roles",
        ]
    }
}
