import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// What the API answered.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        bytes = Array(response.body.readableBytesView)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The body as JSON; `null` where it is none.
    var json: JSON { (try? JSONDecoder().decode(JSON.self, from: Data(bytes))) ?? .null }

    /// The code of the problem; `nil` where the answer is none.
    var code: String? { headers[.contentType] == "application/problem+json" ? json["code"].text : nil }

    /// The pointers of the fields at fault with the code of each.
    var faults: [String: String] {
        let pairs = json["errors"].list.map { ($0["pointer"].text ?? "", $0["code"].text ?? "") }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// The text member `name` of the body, which must be there.
    func text(of name: String, _ location: SourceLocation = #_sourceLocation) throws -> String {
        try #require(json[name].text, "\(status) \(text)", sourceLocation: location)
    }

    /// All that a client can tell two answers apart by, but for the name of the request.
    var appearance: Appearance {
        var headers = headers
        headers[.requestID] = nil
        let fields = headers.map { "\($0.name.canonicalName): \($0.value)" }.sorted()
        let requestID = json["request_id"].text
        return Appearance(status: status, headers: fields, body: requestID.map { text.replacing($0, with: "") } ?? text)
    }

    struct Appearance: Hashable {
        let status: Int
        let headers: [String]
        let body: String
    }
}
