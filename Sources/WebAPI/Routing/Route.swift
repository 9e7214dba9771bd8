package import HTTPTypes
package import Hummingbird

/// One route, declared as data: what it is called by, who may call it, what it reads and what it does.
///
/// ```swift
/// Route(.post, "/v1/tenants/{tenant}/users", access: gate.permission(.usersCreate), body: CreateUser.self) {
///     request, caller, body in
///     try .json(UserView(await users.create(body, by: caller)), status: .created)
/// }
/// ```
/// A request is taken apart in this order, and each step refuses before the next one looks: query, access, body.
package struct Route: Sendable {
    package let method: HTTPRequest.Method
    /// The template of the path: words, and `{name}` for what varies.
    package let path: String
    package let access: AccessRequirement
    /// The query parameters that the route takes; any other is refused.
    package let query: Set<String>
    let respond: @Sendable (Request, APIContext) async throws -> Response

    package init<Subject: Sendable, Body: JSONBody>(
        _ method: HTTPRequest.Method,
        _ path: String,
        access: Access<Subject>,
        query: Set<String> = [],
        body: Body.Type,
        handler: @escaping @Sendable (APIRequest, Subject, Body) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access.requirement
        self.query = query
        respond = { request, context in
            var apiRequest = try APIRequest(request, context: context, query: query)
            let subject = try await access.admit(apiRequest)
            apiRequest.body = try await BodyIntake.bytes(of: request)
            let body = try Body.read(from: apiRequest.body)
            return try await handler(apiRequest, subject, body)
        }
    }

    /// A route that takes no body.
    package init<Subject: Sendable>(
        _ method: HTTPRequest.Method,
        _ path: String,
        access: Access<Subject>,
        query: Set<String> = [],
        handler: @escaping @Sendable (APIRequest, Subject) async throws -> Response
    ) {
        self.init(method, path, access: access, query: query, body: NoBody.self) { request, subject, _ in
            try await handler(request, subject)
        }
    }
}
