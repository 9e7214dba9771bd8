import Foundation

/// What `gatehouse serve --json` prints when it is ready.
struct ReadyLine: Decodable {
    let url: URL
    let operationsURL: URL
    private let invitations: [Invitation]

    private enum CodingKeys: String, CodingKey {
        case url, invitations
        case operationsURL = "operations_url"
    }

    struct Invitation: Decodable {
        let tenant: String
        let token: String
    }

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        guard !invitations.isEmpty else {
            throw BenchmarkError("no tenant waits for its first owner; give the server an empty --data folder")
        }
    }

    /// The invitation of the first tenant's first owner.
    var invitation: Invitation { invitations[0] }

    func issuer(of tenant: String) -> URL { url.appending(path: "t/\(tenant)") }
}

/// What a node prints that nobody is invited to any more.
struct NodeLine: Decodable {
    let url: URL
    let operationsURL: URL

    private enum CodingKeys: String, CodingKey {
        case url
        case operationsURL = "operations_url"
    }

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    }
}
