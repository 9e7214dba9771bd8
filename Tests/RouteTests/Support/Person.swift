import DatabaseTesting
import HTTPTypes
import Kernel
import PluginKit
import Testing

/// Somebody who is signed in at one of the house's tenants, and speaks to the API.
struct Person: Sendable {
    let house: House
    let tenant: TestTenant
    let id: String
    let login: String
    let accessToken: String
    let refreshToken: String
    let sessionID: String

    static var password: String { TestPerson.password.withExposed { $0 } }

    /// Asks for something under `/t/{tenant}`.
    func own(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil, headers: HTTPFields = [:],
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await house.send(method, tenant.people(path), bearer: accessToken, body: body, headers: headers, location)
    }

    /// Asks for something under `/v1/tenants/{tenant}`.
    func admin(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil, headers: HTTPFields = [:],
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await house.send(
            method, tenant.administration(path), bearer: accessToken, body: body, headers: headers, location)
    }

    /// Whether the access token still opens anything.
    var isSignedIn: Bool {
        get async throws { try await own(.get, "/me").status == 200 }
    }
}

extension House {
    /// Lets somebody with these roles in, past the API.
    func person(at tenant: TestTenant, _ roles: String...) async throws -> Person {
        let person = try await tenant.signedIn(roles: roles)
        return Person(
            house: self, tenant: tenant, id: "\(person.id)", login: person.login,
            accessToken: person.tokens.accessToken.withExposed { $0 },
            refreshToken: person.tokens.refreshToken.withExposed { $0 }, sessionID: "\(person.tokens.session)")
    }

    func owner() async throws -> Person { try await person(at: acme, "owner") }

    /// Sends a sign-in.
    func logIn(
        _ login: String, _ password: String = Person.password, at tenant: TestTenant? = nil, headers: HTTPFields = [:],
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        let body: JSON = ["login": "\(login)", "password": "\(password)"]
        return try await send(.post, (tenant ?? acme).people("/login"), body: body, headers: headers, location)
    }
}

extension TestTenant {
    var slug: String { tenant.slug.text }
    var issuer: String { tenant.issuer }

    /// The address of something that people use.
    func people(_ path: String) -> String { "/t/\(slug)\(path)" }

    /// The address of something that administrators use.
    func administration(_ path: String) -> String { "/v1/tenants/\(slug)\(path)" }
}
