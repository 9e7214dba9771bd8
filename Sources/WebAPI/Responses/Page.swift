/// One page of a list, newest or first entries first, and how to ask for the next.
package struct Page<Item: Encodable & Sendable>: Encodable, Sendable {
    package let data: [Item]
    /// `nil`, written as `null`, where the list ends here.
    package let nextCursor: String?

    package init(data: [Item], nextCursor: String?) {
        self.data = data
        self.nextCursor = nextCursor
    }

    private enum CodingKeys: String, CodingKey {
        case data, nextCursor
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(data, forKey: .data)
        try container.encode(nextCursor, forKey: .nextCursor)
    }
}
