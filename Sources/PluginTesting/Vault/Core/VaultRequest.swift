import Foundation

/// A request to a path of Vault, read from HTTP.
struct VaultRequest {
    enum Operation: String {
        case read, list, create, update, patch, delete

        var isWrite: Bool { self == .create || self == .update }
    }

    /// A write is an update, until it is known that there is nothing to update.
    var operation: Operation
    /// Without `/v1/`; for an engine, without its mount.
    var path: String
    /// The mount that the path begins with, with its slash; empty outside an engine.
    var mount = ""
    var query: [String: String]
    var body: [String: JSONValue]
    var token: String?
    /// How long a wrapped answer is to live, in seconds; `nil`: no wrapping.
    var wrapSeconds: Int?
    var namespace: String
    var remoteAddress: String
    let now: Date

    /// - Parameter request: its path begins with `/v1/`.
    init(_ request: HTTPRequest, at now: Date) throws(VaultRefusal) {
        let path = request.path.dropFirst("/v1/".utf8.count)
        query = Self.query(request.query)
        operation = try Self.operation(request.method, query)
        self.path = path.removingPercentEncoding ?? String(path)
        if operation == .list, !self.path.hasSuffix("/"), !self.path.isEmpty { self.path += "/" }
        body = try Self.body(of: request, for: operation)
        token = request.header("x-vault-token") ?? Self.bearer(request.header("authorization"))
        wrapSeconds = request.header("x-vault-wrap-ttl").flatMap(GoText.seconds)
        let name = (request.header("x-vault-namespace") ?? "").trimmingCharacters(in: ["/"])
        namespace = name.isEmpty ? "" : name + "/"
        remoteAddress = request.remoteAddress
        self.now = now
        if operation.isWrite, self.path.hasSuffix("/") {
            throw .invalid("cannot write to a path ending in '/'")
        }
    }

    private static func operation(_ method: String, _ query: [String: String]) throws(VaultRefusal) -> Operation {
        switch method {
        case "GET", "HEAD": query["list"] == "true" ? .list : .read
        case "LIST": .list
        case "POST", "PUT": .update
        case "PATCH": .patch
        case "DELETE": .delete
        default: throw VaultRefusal(status: 405, errors: [])
        }
    }

    private static func query(_ text: String) -> [String: String] {
        var items = URLComponents()
        items.percentEncodedQuery = text.isEmpty ? nil : text
        return Dictionary((items.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
    }

    private static func body(
        of request: HTTPRequest, for operation: Operation
    ) throws(VaultRefusal) -> [String: JSONValue] {
        guard operation.isWrite || operation == .patch else { return [:] }
        guard !request.isTooLarge else { throw VaultRefusal(status: 413, errors: ["error parsing JSON"]) }
        let type = request.header("content-type") ?? ""
        guard operation != .patch || type.hasPrefix("application/merge-patch+json") else {
            let reason = "PATCH requires Content-Type of application/merge-patch+json, provided \(type)"
            throw VaultRefusal(status: 415, errors: [reason])
        }
        guard !request.body.isEmpty else { return [:] }
        guard let body = JSONValue(request.body)?.object else { throw .invalid("error parsing JSON") }
        return body
    }

    private static func bearer(_ header: String?) -> String? {
        guard let header, header.hasPrefix("Bearer ") else { return nil }
        return String(header.dropFirst("Bearer ".utf8.count))
    }
}

extension VaultRequest {
    /// The first segment of the path.
    var head: String { String(path.prefix { $0 != "/" }) }

    /// The path without its first segment and the slash behind it.
    var tail: String { String(path.drop { $0 != "/" }.dropFirst()) }

    var segments: [String] { path.split(separator: "/").map(String.init) }

    func text(_ field: String) -> String? { body[field]?.string }

    func integer(_ field: String) -> Int? { body[field]?.integer }

    func bool(_ field: String) -> Bool? { body[field]?.bool }

    func seconds(_ field: String) -> Int? { GoText.seconds(body[field]) }

    func strings(_ field: String) -> [String]? { body[field]?.strings }
}
