/// Which page of a list a client asks for.
package struct PageRequest: Sendable {
    /// The query parameters of every list.
    package static let parameters: Set<String> = ["limit", "cursor"]
    private static let usualLimit = 50
    private static let largestLimit = 200

    /// How many entries the page may have.
    package let limit: Int
    /// Where the page before ended, as the route wrote it into its cursor; `nil` for the first page.
    package let position: [UInt8]?

    /// - Throws: `invalid_query` for a limit out of 1...200, `cursor_invalid` for a cursor of another list.
    package init(_ request: APIRequest, of list: CursorList, seal: CursorSeal) throws(Problem) {
        limit = try request.query.integer("limit", in: 1...Self.largestLimit) ?? Self.usualLimit
        position = if let cursor = request.query.values["cursor"] { try seal.open(cursor, of: list) } else { nil }
    }
}

extension APIRequest {
    /// This request's list as cursors are bound to it: the tenant, the route, and every parameter that narrows the list.
    ///
    /// - Parameter tenant: the tenant's id as text; empty for a list of the platform.
    package func list(tenant: String) -> CursorList {
        let filter = query.values.filter { !PageRequest.parameters.contains($0.key) }
        return CursorList(tenant: tenant, route: route, filter: filter)
    }
}
