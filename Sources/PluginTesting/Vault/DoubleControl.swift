/// What a program of another language tells a double beside the API of Vault, beneath `/double/`.
///
/// - `POST /double/state`: `{"state": "active" | "sealed" | "uninitialised" | "standby" | "forwarding-standby" |
///   "performance-standby", "leader": address or null}`.
/// - `POST /double/faults`: `{"fault": name, "times": number, "path": prefix}`, with the fault's own fields
///   `milliseconds`, `to`, `retry_after`, `status` and `errors`. `DELETE /double/faults` clears them.
/// - `POST /double/jwt`: `{"jwt": text, "mount": name, "role": name}`.
/// - `GET /double/journal`: `{"requests": list, "most_at_once": number}`. `DELETE /double/journal` clears both.
struct DoubleControl {
    let service: VaultService

    func answer(_ request: HTTPRequest) -> HTTPReply {
        let body = JSONValue(request.body) ?? .null
        switch (request.method, request.path) {
        case ("POST", "/double/state"): return enter(body)
        case ("POST", "/double/faults"): return inject(body)
        case ("DELETE", "/double/faults"):
            service.clearFaults()
            return HTTPReply(status: 204)
        case ("POST", "/double/jwt"): return accept(body)
        case ("GET", "/double/journal"): return .json(200, journal)
        case ("DELETE", "/double/journal"):
            service.clearJournal()
            return HTTPReply(status: 204)
        default: return .errors(404, ["the double has no such control"])
        }
    }

    private var journal: JSONValue {
        [
            "requests": .array(service.journal.map(\.json)), "most_at_once": .integer(service.mostAtOnce),
        ]
    }

    private func enter(_ body: JSONValue) -> HTTPReply {
        let leader = body["leader"]?.string
        let states: [String: VaultState] = [
            "active": .active, "sealed": .sealed, "uninitialised": .uninitialised, "standby": .standby(leader: leader),
            "forwarding-standby": .forwardingStandby, "performance-standby": .performanceStandby,
        ]
        guard let state = body["state"]?.string.flatMap({ states[$0] }) else {
            return .errors(400, ["state must be one of \(states.keys.sorted().joined(separator: ", "))"])
        }
        service.enter(state)
        return HTTPReply(status: 204)
    }

    private func inject(_ body: JSONValue) -> HTTPReply {
        guard let fault = fault(body) else { return .errors(400, ["no such fault, or a field of it is missing"]) }
        service.inject(fault, times: body["times"]?.integer, path: body["path"]?.string)
        return HTTPReply(status: 204)
    }

    private func fault(_ body: JSONValue) -> VaultFault? {
        switch body["fault"]?.string {
        case "latency": body["milliseconds"]?.integer.map { .latency(.milliseconds($0)) }
        case "reset": .reset
        case "partial-body": .partialBody
        case "invalid-json": .invalidJSON
        case "bad-gateway-page": .badGatewayPage
        case "chunked": .chunked
        case "gzip": .gzip
        case "redirect": body["to"]?.string.map { .redirect(to: $0) }
        case "rate-limited": .rateLimited(retryAfter: body["retry_after"]?.string)
        case "status": body["status"]?.integer.map { .status($0, errors: body["errors"]?.strings ?? []) }
        case "silence": .silence
        default: nil
        }
    }

    private func accept(_ body: JSONValue) -> HTTPReply {
        guard let jwt = body["jwt"]?.string, let mount = body["mount"]?.string, let role = body["role"]?.string else {
            return .errors(400, ["jwt, mount and role are needed"])
        }
        service.accept(AcceptedJWT(jwt: jwt, role: role), mount: mount)
        return HTTPReply(status: 204)
    }
}

extension VaultRequestRecord {
    fileprivate var json: JSONValue {
        [
            "method": .string(method), "path": .string(path), "query": .string(query),
            "headers": .array(headers.map { .strings([$0.name, $0.value]) }),
            "body_size_bytes": .integer(bodySizeBytes),
        ]
    }
}
