import Foundation

@testable import PluginTesting

/// Sends recorded requests to a double and holds its answers against the recorded ones.
///
/// What a server makes up, such as identifiers and tokens, is learned when it is first answered: from then on the
/// double's own stands for the recorded one, in requests and in answers.
struct RecordedReplay {
    private let probe: VaultProbe
    private(set) var learned: [String: String]
    private var differences: [String] = []

    init(_ double: VaultDouble) {
        probe = VaultProbe(double).with(token: "")
        learned = [:]
    }

    mutating func learn(_ recorded: String, as own: String) {
        learned[recorded] = own
    }

    /// Sends the request of the exchange, and gives back what is different in the answer.
    mutating func replay(_ exchange: RecordedExchange) async throws -> [String] {
        differences = []
        let answer = try await send(exchange)
        if answer.status != exchange.status { note("status", "\(exchange.status)", "\(answer.status)") }
        compareHeaders(exchange, answer)
        compareBodies(exchange.answer, answer)
        return differences
    }

    /// Sends the request of the exchange, with what is the double's own.
    func send(_ exchange: RecordedExchange) async throws -> VaultProbe.Answer {
        let headers = exchange.headers.map { ($0.name, own($0.value)) }
        return try await probe.exchange(
            exchange.method, own(exchange.target), headers: headers, body: Array(own(exchange.body).utf8))
    }

    private func own(_ text: String) -> String {
        // Longest first: no recorded value is to be replaced within another.
        learned.keys.sorted { $0.utf8.count > $1.utf8.count }.reduce(text) { text, recorded in
            text.replacing(recorded, with: learned[recorded] ?? recorded)
        }
    }

    private mutating func note(_ place: String, _ expected: String, _ found: String) {
        differences.append("\(place): expected \(expected), found \(found)")
    }

    private mutating func compareHeaders(_ exchange: RecordedExchange, _ answer: VaultProbe.Answer) {
        for (name, value) in exchange.answerHeaders where name != "Content-Length" {
            guard let found = answer.header(name) else {
                note("header", name, "none")
                continue
            }
            if name != "Date", own(value) != found { note("header \(name)", own(value), found) }
        }
        let expected = Set(exchange.answerHeaders.map { $0.name.lowercased() })
        let unexpected = answer.headers.map { $0.name.lowercased() }.filter { !expected.contains($0) }
        if !unexpected.isEmpty { note("headers", "no more", unexpected.joined(separator: ", ")) }
    }

    private mutating func compareBodies(_ recorded: String, _ answer: VaultProbe.Answer) {
        let text = String(decoding: answer.body, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let expected = JSONValue(Array(recorded.utf8)) else {
            if text != recorded { note("body", recorded, text) }
            return
        }
        guard let found = JSONValue(answer.body) else { return note("body", "JSON", text) }
        compare(expected, found, at: [])
    }
}

// What is the same in two answers.
extension RecordedReplay {
    private mutating func compare(_ expected: JSONValue, _ found: JSONValue, at place: [String]) {
        switch (expected, found) {
        case (.object(let left), .object(let right)):
            let (names, others) = (Set(left.keys.map(own)), Set(right.keys))
            if names != others {
                note(place.joined(separator: "."), "\(names.sorted())", "\(others.sorted())")
            }
            for (name, value) in left { right[own(name)].map { compare(value, $0, at: place + [name]) } }
        case (.array(let left), .array(let right)) where left.count == right.count:
            for (one, other) in zip(left, right) { compare(one, other, at: place) }
        case (.string(let left), .string(let right)): compareTexts(left, right, at: place)
        case (.integer(let left), .integer(let right)): compareNumbers(left, right, at: place)
        default:
            if expected != found { note(place.joined(separator: "."), "\(expected)", "\(found)") }
        }
    }

    private mutating func compareTexts(_ expected: String, _ found: String, at place: [String]) {
        if let known = learned[expected] {
            if known != found { note(place.joined(separator: "."), known, found) }
        } else if let value = MadeUpValue(place.last ?? "") {
            guard value.isAlike(expected, found) else { return note(place.joined(separator: "."), expected, found) }
            if value != .time, !expected.isEmpty { learned[expected] = found }
        } else if own(expected) != found {
            note(place.joined(separator: "."), own(expected), found)
        }
    }

    private mutating func compareNumbers(_ expected: Int, _ found: Int, at place: [String]) {
        // The recorded clock shows microseconds that a request took; ours shows others.
        let allowed =
            switch place.last {
            case "creation_time", "server_time_utc", "raft_committed_index", "raft_applied_index": Int.max
            case "ttl": 1
            default: place.contains("keys") ? Int.max : 0
            }
        if abs(expected - found) > allowed { note(place.joined(separator: "."), "\(expected)", "\(found)") }
    }
}

/// What kind of value the server makes up anew each time, told by the name it goes under.
private enum MadeUpValue {
    case identifier, time, ciphertext, address

    init?(_ name: String) {
        switch name {
        case "request_id", "role_id", "secret_id", "secret_id_accessor", "accessor", "wrapped_accessor", "entity_id",
            "client_token", "token", "id", "uuid", "cluster_id", "cluster_name", "nonce", "keys", "keys_base64",
            "root_token", "random_bytes":
            self = .identifier
        case "created_time", "updated_time", "deletion_time", "creation_time", "expire_time", "issue_time":
            self = .time
        case "ciphertext", "hmac": self = .ciphertext
        case "leader_address", "leader_cluster_address": self = .address
        default: return nil
        }
    }

    func isAlike(_ expected: String, _ found: String) -> Bool {
        if expected.isEmpty || found.isEmpty { return expected == found }
        return switch self {
        case .identifier: Self.form(expected) == Self.form(found)
        case .time: Self.isTime(expected) && Self.isTime(found)
        case .ciphertext: Self.form(expected) == Self.form(found) && expected.utf8.count == found.utf8.count
        case .address: URL(string: found)?.host() == "127.0.0.1"
        }
    }

    /// What stands before the made-up part, and for a UUID the places of its hyphens.
    private static func form(_ text: String) -> String {
        for prefix in ["hvs.", "hvb.", "vault:v1:", "vault:v2:", "vault-cluster-", "kv_"] where text.hasPrefix(prefix) {
            return prefix
        }
        let groups = text.split(separator: "-").map { "\($0.utf8.count)" }
        return groups == ["8", "4", "4", "4", "12"] ? "UUID" : text == "root" ? text : ""
    }

    private static func isTime(_ text: String) -> Bool {
        let digits = text.unicodeScalars.map { ("0"..."9").contains($0) ? "9" : String($0) }.joined()
        return digits.hasPrefix("9999-99-99T99:99:99") && digits.hasSuffix("Z")
    }
}
