import HTTPTypes
import Testing
import WebAPI
import Yams

/// The examples of bodies that the API's description gives.
struct DescribedExamples {
    /// An example of what a client sends to a route of the public port.
    struct Sent {
        let method: HTTPRequest.Method
        let path: String
        let body: JSON
    }

    /// An example of what is sent or answered, with the shape that it is to have.
    struct Shaped {
        let place: String
        let body: JSON
        let shape: Shape
    }

    let sent: [Sent]
    let all: [Shaped]

    init() throws {
        let root = try #require(try Yams.compose(yaml: APIDocument.text))
        var (sent, all): ([Sent], [Shaped]) = ([], [])
        for (path, item) in try #require(root["paths"]?.mapping) {
            for (method, operation) in try #require(item.mapping) {
                guard let verb = method.string?.uppercased(), let method = HTTPRequest.Method(verb) else { continue }
                let place = "\(verb) \(path.string ?? "")"
                if let content = operation["requestBody"]?["content"], let body = Self.example(content, root) {
                    sent.append(Sent(method: method, path: path.string ?? "", body: body.json))
                    all.append(Shaped(place: place, body: body.json, shape: body.shape))
                }
                for (status, answer) in operation["responses"]?.mapping ?? [:] {
                    guard let content = Shape.resolved(answer, root)["content"],
                        let body = Self.example(content, root)
                    else { continue }
                    all.append(Shaped(place: "\(place) \(status.string ?? "")", body: body.json, shape: body.shape))
                }
            }
        }
        self.sent = sent
        self.all = all
    }

    private static func example(_ content: Node, _ root: Node) -> (json: JSON, shape: Shape)? {
        guard let kind = content["application/json"] ?? content["application/problem+json"],
            let schema = kind["schema"],
            let example = kind["example"] ?? Shape.resolved(schema, root)["example"]
        else { return nil }
        return (JSON(example), Shape(schema, root))
    }
}

extension JSON {
    /// A YAML node as JSON has it.
    init(_ node: Node) {
        switch node {
        case .mapping(let members):
            self = .object(Dictionary(uniqueKeysWithValues: members.map { ($0.key.string ?? "", JSON($0.value)) }))
        case .sequence(let items): self = .list(items.map { JSON($0) })
        case .scalar, .alias: self = Self.scalar(node)
        }
    }

    private static func scalar(_ node: Node) -> JSON {
        if let boolean = node.bool { return .boolean(boolean) }
        if let number = node.int { return .number(number) }
        return node.null == nil ? .text(node.string ?? "") : .null
    }
}
