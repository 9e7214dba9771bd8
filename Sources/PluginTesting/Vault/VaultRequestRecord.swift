/// A request as it came in, without its body.
public struct VaultRequestRecord: Sendable, Equatable {
    public var method: String
    /// From the slash on, without the query, as it was written.
    public var path: String
    /// What stands behind the question mark; empty where there is none.
    public var query: String
    /// Names as they were written, in their order.
    public var headers: [(name: String, value: String)]
    public var bodySizeBytes: Int

    /// The value of the first header of that name, in whatever case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    init(_ request: HTTPRequest) {
        method = request.method
        path = request.path
        query = request.query
        headers = request.headers
        bodySizeBytes = request.bodySizeBytes
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.method == right.method && left.path == right.path && left.query == right.query
            && left.bodySizeBytes == right.bodySizeBytes && left.headers.elementsEqual(right.headers, by: ==)
    }
}
