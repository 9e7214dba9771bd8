import HTTPTypes
import Testing
import WebAPI
import Yams

/// Holds every answer that a test sees against the API's description: its status must be listed there, and its body
/// must have the members that its schema names and no others.
struct AnswerContract: Sendable {
    private let operations: [Operation]

    /// One operation: how its path reads, and the body of each status.
    private struct Operation: Sendable {
        let method: String
        let path: [Substring]
        let answers: [Int: Shape]

        var wordCount: Int { path.count { !$0.hasPrefix("{") } }

        func matches(_ method: String, _ path: [Substring]) -> Bool {
            self.method == method && self.path.count == path.count
                && zip(self.path, path).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
    }

    init() throws {
        let root = try #require(try Yams.compose(yaml: APIDocument.text))
        let paths = try #require(root["paths"]?.mapping)
        // What has a server of its own is not on this port.
        operations = paths.filter { $0.value["servers"] == nil }.flatMap { path, item in
            ["get", "put", "post", "delete", "patch"].compactMap { method in
                item[method].map { operation in
                    Operation(
                        method: method.uppercased(), path: Self.words(of: path.string ?? ""),
                        answers: Self.answers(of: operation, root))
                }
            }
        }
    }

    /// Fails the test where the description does not foresee this answer.
    func check(_ answer: Answer, to method: HTTPRequest.Method, _ uri: String, _ location: SourceLocation) {
        let path = Self.words(of: uri.prefix { $0 != "?" })
        // A word in a template goes before a parameter, as it does in the router.
        let matching = operations.filter { $0.matches(method.rawValue, path) }
        guard let operation = matching.max(by: { $0.wordCount < $1.wordCount }), !Self.anywhere.contains(answer.status)
        else { return }
        guard let shape = operation.answers[answer.status] else {
            Issue.record(
                "\(method) \(uri): \(answer.status) \(answer.code ?? "") is not described", sourceLocation: location)
            return
        }
        if let problem = shape.problem(with: answer.json) {
            Issue.record("\(method) \(uri): \(answer.status): \(problem)", sourceLocation: location)
        }
    }

    /// An empty word is a word: a path with one too many slashes is another path.
    private static func words(of path: some StringProtocol) -> [Substring] {
        Substring(path).split(separator: "/", omittingEmptySubsequences: false)
    }

    /// What the description says once for all operations: requests that cannot be taken in.
    private static let anywhere: Set<Int> = [405, 413, 415]

    private static func answers(of operation: Node, _ root: Node) -> [Int: Shape] {
        var answers: [Int: Shape] = [:]
        for (status, answer) in operation["responses"]?.mapping ?? [:] {
            guard let number = status.string.flatMap({ Int($0) }) else { continue }
            let content = Shape.resolved(answer, root)["content"]
            let schema = content?["application/json"]?["schema"] ?? content?["application/problem+json"]?["schema"]
            answers[number] = schema.map { Shape($0, root) } ?? .anything
        }
        return answers
    }
}
