import HTTPTypes
import Testing
import Yams

@testable import WebAPI

/// The description of the API as the program carries it, taken apart for tests.
struct OpenAPIDocument {
    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    private let root: Node

    init() throws {
        root = try #require(try Yams.compose(yaml: APIDocument.text))
    }

    var operations: [OpenAPIOperation] {
        get throws {
            try members(of: root["paths"]).flatMap { path, item in
                try Self.methods.compactMap { method in
                    guard let operation = item[method] else { return nil }
                    let shared = try list(item["parameters"])
                    let parameters = try (shared + list(operation["parameters"])).map(resolved)
                    return try OpenAPIOperation(
                        method: method, path: path, node: operation, parameters: parameters, in: self)
                }
            }
        }
    }

    /// The names of the planes that operations are sorted into.
    var tags: Set<String> {
        get throws { try Set(list(root["tags"]).map { try #require($0["name"]?.string) }) }
    }

    /// The words that the schema `name` allows.
    func choices(of name: String) throws -> [String] {
        try list(root["components"]?["schemas"]?[name]?["enum"]).map { try #require($0.string) }
    }

    /// The schemas of bodies that clients send.
    var requestSchemas: [(name: String, schema: Node)] {
        get throws { try members(of: root["components"]?["schemas"]).filter { $0.0.hasSuffix("Request") } }
    }

    /// What `node` stands for: itself, or what its `$ref` points to.
    func resolved(_ node: Node) throws -> Node {
        guard let reference = node["$ref"]?.string else { return node }
        let names = reference.split(separator: "/").dropFirst()
        return try names.reduce(root) { try #require($0[String($1)], "\(reference) points to nothing") }
    }

    func members(of node: Node?) throws -> [(String, Node)] {
        try #require(node?.mapping).map { (try #require($0.key.string), $0.value) }
    }

    func list(_ node: Node?) -> [Node] { node?.sequence.map(Array.init) ?? [] }
}

/// One operation of the document.
struct OpenAPIOperation {
    let id: String
    let tags: [String]
    let route: RouteDescription
    /// The parameters of the path, by name.
    let pathParameters: Set<String>
    /// The security schemes that it names; empty for a route that takes no credential.
    let securitySchemes: Set<String>
    /// What each status means: the description of its answer.
    let answers: [(status: Int, description: String)]

    init(method: String, path: String, node: Node, parameters: [Node], in document: OpenAPIDocument) throws {
        id = try #require(node["operationId"]?.string)
        tags = document.list(node["tags"]).compactMap(\.string)
        let named = parameters.map { (place: $0["in"]?.string, name: $0["name"]?.string ?? "") }
        route = RouteDescription(
            method: method.uppercased(), path: path, access: try #require(node["x-gatehouse-access"]?.string),
            query: Set(named.filter { $0.place == "query" }.map(\.name)))
        pathParameters = Set(named.filter { $0.place == "path" }.map(\.name))
        securitySchemes = try Set(document.list(node["security"]).flatMap { try document.members(of: $0).map(\.0) })
        answers = try document.members(of: node["responses"]).map { status, answer in
            let description = try answer["description"] ?? document.resolved(answer)["description"]
            return (try #require(Int(status)), try #require(description?.string))
        }
    }
}

/// A route as both the program and its description know it.
struct RouteDescription: Hashable, CustomStringConvertible {
    let method: String
    let path: String
    let access: String
    let query: Set<String>

    init(method: String, path: String, access: String, query: Set<String>) {
        self.method = method
        self.path = path
        self.access = access
        self.query = query
    }

    init(_ route: Route) {
        self.init(method: route.method.rawValue, path: route.path, access: route.access.description, query: route.query)
    }

    var description: String { "\(method) \(path) (\(access)) \(query.sorted())" }
}
