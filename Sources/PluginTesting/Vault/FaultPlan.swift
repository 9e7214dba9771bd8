/// Which requests are to go wrong, and how.
struct FaultPlan {
    private struct Entry {
        let fault: VaultFault
        var timesLeft: Int?
        let path: String?
    }

    private var entries: [Entry] = []

    mutating func add(_ fault: VaultFault, times: Int?, path: String?) {
        entries.append(Entry(fault: fault, timesLeft: times, path: path))
    }

    /// The latest fault that is meant for `request`; it is used once more by that.
    mutating func take(for request: HTTPRequest) -> InjectedFault? {
        guard let index = entries.lastIndex(where: { Self.isMeant($0, for: request) }) else { return nil }
        let fault = entries[index].fault
        if let left = entries[index].timesLeft {
            entries[index].timesLeft = left - 1
            if left <= 1 { entries.remove(at: index) }
        }
        return InjectedFault(fault: fault, request: request)
    }

    private static func isMeant(_ entry: Entry, for request: HTTPRequest) -> Bool {
        guard entry.timesLeft != 0 else { return false }
        guard let path = entry.path else { return true }
        return request.path.hasPrefix("/v1/" + path)
    }
}

/// One fault at work on one request.
struct InjectedFault {
    let fault: VaultFault
    let request: HTTPRequest

    /// The answer in the server's place; `nil` where the server is to answer.
    var reply: HTTPReply? {
        switch fault {
        case .badGatewayPage: .page(502, "<html><body><h1>502 Bad Gateway</h1></body></html>\n")
        case .redirect(let address): .redirect(307, to: address + request.target)
        case .rateLimited(let retryAfter): rateLimited(retryAfter)
        case .status(let status, let errors): .errors(status, errors)
        case .latency, .reset, .partialBody, .invalidJSON, .chunked, .gzip, .silence: nil
        }
    }

    /// What becomes of the server's own answer on the way.
    func spoil(_ reply: HTTPReply) -> HTTPDelivery {
        switch fault {
        case .latency(let delay): HTTPDelivery(.plain(reply), after: delay)
        case .reset: HTTPDelivery(.reset)
        case .partialBody: HTTPDelivery(.partial(reply))
        case .invalidJSON: HTTPDelivery(.plain(HTTPReply(status: 200, body: Array(#"{"request_id":"#.utf8))))
        case .chunked: HTTPDelivery(.chunked(reply))
        case .gzip: HTTPDelivery(.plain(reply.compressed))
        case .silence: HTTPDelivery(.silence)
        case .badGatewayPage, .redirect, .rateLimited, .status: HTTPDelivery(.plain(reply))
        }
    }

    private func rateLimited(_ retryAfter: String?) -> HTTPReply {
        let path = request.path.dropFirst("/v1/".utf8.count)
        var reply = HTTPReply.errors(429, ["request path \"\(path)\": rate limit quota exceeded"])
        if let retryAfter { reply.headers.append(("Retry-After", retryAfter)) }
        return reply
    }
}
