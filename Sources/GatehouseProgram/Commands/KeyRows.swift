import Foundation
import Kernel
import PluginKit
import WebAPI

/// Keys as the commands print them: for programs as over HTTP, and here in words.
extension KeyView {
    var words: String { ([heading] + secrets.map(\.words)).joined(separator: "\n") }

    /// What all lists say of it.
    fileprivate var heading: String {
        let overdue = isOverdue ? rotateBy.map { "\toverdue since \($0.formatted(.iso8601))" } ?? "" : ""
        let reason = (revokeReason ?? revokedBecause).map { "\t\($0)" } ?? ""
        return "\(id)\t\(state)\t\(name)\t\(scopes.joined(separator: " "))\(overdue)\(reason)"
    }
}

/// A key by itself: all that is known of it, and who uses its secrets.
struct ShownKeyRow: Encodable, Sendable {
    private let key: KeyView
    private let callers: [KeyCallerView]

    private enum CodingKeys: CodingKey {
        case callers
    }

    init(_ key: KeyView, callers: [KeyCaller]) {
        self.key = key
        self.callers = callers.map(KeyCallerView.init)
    }

    func encode(to encoder: any Encoder) throws {
        try key.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(callers, forKey: .callers)
    }

    var words: String {
        let secrets = key.secrets.flatMap { secret in
            [secret.words] + callers.filter { $0.secretId == secret.id }.map(\.words)
        }
        return ([key.heading] + facts + secrets).joined(separator: "\n")
    }

    private var facts: [String] {
        let metadata = key.metadata.texts.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        let facts = [
            ("owner", key.ownerId?.description ?? "the tenant itself"), ("prefix", key.prefix),
            ("from", key.allowedNetworks.isEmpty ? "anywhere" : key.allowedNetworks.joined(separator: " ")),
            ("limit", key.rateLimit.map { "\($0) uses a minute" } ?? "none"),
            ("made", key.createdAt.formatted(.iso8601)), ("changed", key.updatedAt.formatted(.iso8601)),
        ]
        // Metadata is whatever somebody sent, so that no terminal may take it for more than text.
        return (facts + metadata.map { ("metadata", LogText.escaped($0)) }).map { "  \($0)\t\($1)" }
    }
}

extension KeyCallerView {
    var words: String {
        let agent = userAgent.map(LogText.escaped) ?? "says not what it is"
        return "    \(lastUsedAt.formatted(.iso8601))\t\(address)\t\(agent)"
    }
}

extension KeySecretView {
    fileprivate var words: String {
        let end =
            if let endedAt {
                "since \(endedAt.formatted(.iso8601))" + (endedBecause.map { " (\($0))" } ?? "")
            } else {
                "until \(expiresAt.formatted(.iso8601))"
            }
        let use = lastUsedAt.map { "last used \($0.formatted(.iso8601)), \(useCount) times in all" } ?? "never used"
        return "  \(id)\t\(state)\t\(end)\t\(use)"
    }
}

extension NewKeyView {
    /// What is said beside the key.
    var words: String {
        let end = view.expiresAt.map { " is good until \($0.formatted(.iso8601))" } ?? ""
        return "\(view.id)\(end); it is shown this once:"
    }
}
