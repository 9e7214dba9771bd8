import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import PluginKit

/// A whole configuration as a client sends it.
struct ConfigBody: JSONBody {
    let document: SettingsNode

    init(reading body: BodyReader) {
        document = SettingsNode(body.document("document"))
    }
}

/// Which revision to go back to.
struct RollbackBody: JSONBody {
    let revision: Int

    init(reading body: BodyReader) {
        revision = body.integer("revision", in: 1...Int(Int32.max))
    }
}

/// A configuration as a client sees it. Written by hand: its document has names and numbers of its author's own.
struct ConfigView {
    private let found: ConfigurationInForce

    init(_ found: ConfigurationInForce) {
        self.found = found
    }

    var response: Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .eTag: EntityTag.write(found.revision)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    var bytes: [UInt8] {
        let members: [(String, JSONValue?)] = [
            ("author", found.author.map(JSONValue.text)),
            ("created_at", found.createdAt.map { .text(RFC3339.write($0)) }),
            ("document", JSONValue(found.document)),
            ("managed_by", .text(found.managedBy.rawValue)),
            ("revision", .number("\(found.revision)")),
        ]
        return JSONValue.object(members.compactMap { name, value in value.map { .init(name: name, value: $0) } })
            .written
    }
}

/// One revision in the list of them.
struct RevisionView: Encodable, Sendable {
    let revision: Int
    let author: String
    let createdAt: Date

    init(_ summary: RevisionSummary) {
        revision = summary.number
        author = summary.author
        createdAt = summary.createdAt
    }
}

/// What a configuration would change, as a client sees it.
struct ConfigPlanView: Encodable {
    let changes: [Change]
    let affected: [Effect]
    let warnings: [Warning]

    struct Change: Encodable {
        let path: String
        let kind: String
        let from: String?
        let to: String?
    }

    struct Effect: Encodable {
        let code: String
        let path: String
        let count: Int
        let message: String
    }

    struct Warning: Encodable {
        let code: String
        let path: String
        let message: String
    }

    init(_ plan: ConfigurationPlan) {
        changes = plan.changes.map {
            Change(path: "\($0.path)", kind: $0.kind.rawValue, from: $0.from, to: $0.to)
        }
        affected = plan.affected.map {
            Effect(code: $0.code.rawValue, path: $0.path, count: $0.count, message: $0.message)
        }
        warnings = plan.warnings.map { Warning(code: $0.code.rawValue, path: $0.path, message: $0.message) }
    }
}
