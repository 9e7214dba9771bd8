/// A request of HTTP, taken apart.
struct HTTPRequest: Sendable {
    var method: String
    /// Path and query, as written.
    var target: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// How much came in; more than ``body`` has where it was too large to keep.
    var bodySizeBytes = 0
    /// The client's address, without port.
    var remoteAddress = "127.0.0.1"

    static let largestBodyBytes = 32 * 1024 * 1024

    var isTooLarge: Bool { bodySizeBytes > Self.largestBodyBytes }

    var path: String { String(target.prefix { $0 != "?" }) }

    var query: String { String(target.drop { $0 != "?" }.dropFirst()) }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}

/// An answer of HTTP, in whole.
struct HTTPReply: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    init(status: Int, type: String? = "application/json", body: [UInt8] = []) {
        self.status = status
        self.body = body
        headers = [("Cache-Control", "no-store")]
        if let type { headers.append(("Content-Type", type)) }
        headers.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    }

    static func json(_ status: Int, _ value: JSONValue) -> HTTPReply {
        HTTPReply(status: status, body: value.bytes + [UInt8(ascii: "\n")])
    }

    static func errors(_ status: Int, _ errors: [String]) -> HTTPReply {
        json(status, ["errors": .array(errors.map(JSONValue.string))])
    }

    static func page(_ status: Int, _ text: String) -> HTTPReply {
        HTTPReply(status: status, type: "text/html; charset=utf-8", body: Array(text.utf8))
    }

    static func redirect(_ status: Int, to location: String) -> HTTPReply {
        var reply = HTTPReply(status: status, type: nil)
        reply.headers.append(("Location", location))
        return reply
    }

    /// A redirect with the small page that Go's file server puts beneath.
    static func movedPage(_ status: Int, to location: String, _ phrase: String) -> HTTPReply {
        var reply = page(status, "<a href=\"\(location)\">\(phrase)</a>.\n\n")
        reply.headers.append(("Location", location))
        return reply
    }

    /// The double is about to stop.
    static var gone: HTTPReply { .errors(503, ["the server is going away"]) }

    var compressed: HTTPReply {
        var reply = self
        reply.headers.append(("Content-Encoding", "gzip"))
        reply.body = Gzip.wrap(body)
        return reply
    }
}

/// How an answer goes out.
struct HTTPDelivery: Sendable {
    enum Form: Sendable {
        case plain(HTTPReply)
        case chunked(HTTPReply)
        /// Announced in whole, sent in half.
        case partial(HTTPReply)
        case reset
        case silence
    }

    let form: Form
    let delay: Duration
    /// To be called once, when the answer goes out or it is certain that none will.
    var end: @Sendable () -> Void = {}

    init(_ form: Form, after delay: Duration = .zero) {
        self.form = form
        self.delay = delay
    }
}
