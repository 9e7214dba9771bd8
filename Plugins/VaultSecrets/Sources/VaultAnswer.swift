import Foundation
import PluginKit

/// What came back for one request: a status, and a body that may hold secrets.
struct VaultAnswer: Sendable {
    let status: Int
    let retryAfter: Duration?
    /// What Vault says beside the data; `nil` where the body is not Vault's.
    let notes: Notes?
    private let body: SecretBytes

    /// The part of a body that every answer of Vault has.
    struct Notes: Decodable, Sendable {
        let errors: [String]?
        let warnings: [String]?

        /// Whether any of the texts holds `words`, whatever its case.
        func mention(_ words: String) -> Bool {
            ((errors ?? []) + (warnings ?? [])).contains { $0.lowercased().contains(words) }
        }
    }

    init(status: Int, retryAfter: String? = nil, body: SecretBytes) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter.flatMap(Self.seconds)
        notes = body.isEmpty ? nil : Self.decode(Notes.self, from: body)
    }

    /// The body as `Body`; unknown keys are nothing to mind.
    ///
    /// - Throws: ``VaultProblem/notVault(status:)``
    func decoded<Body: Decodable>(_ type: Body.Type) throws(VaultProblem) -> Body {
        guard let value = Self.decode(type, from: body) else { throw .notVault(status: status) }
        return value
    }

    /// What keeps the answer from being one that Vault gave to this very request; `nil` for success and for the
    /// refusals 400, 404 and their like, whose meaning depends on the request.
    var problem: VaultProblem? {
        switch status {
        case 200: notes == nil ? .notVault(status: status) : nil
        case 204: nil
        case 301, 302, 303, 307, 308: .standby
        case 400 where notes?.mention("upgrading from non-versioned") == true: .upgrading
        case 403 where notes != nil: .forbidden
        case 412, 472, 473, 500, 502, 504: .unavailable(status: status)
        case 429: .rateLimited(retryAfter: retryAfter)
        case 501: .uninitialised
        case 503: unavailability
        case 400..<500: notes == nil ? .notVault(status: status) : nil
        default: .notVault(status: status)
        }
    }

    private var unavailability: VaultProblem {
        guard let notes else { return .unavailable(status: status) }
        if notes.mention("sealed") { return .sealed }
        if notes.mention("no active") || notes.mention("not active") { return .noLeader }
        return .unavailable(status: status)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, from body: SecretBytes) -> Value? {
        body.withExposedBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            let data = Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count, deallocator: .none)
            return try? JSONDecoder().decode(type, from: data)
        }
    }

    private static func seconds(_ header: String) -> Duration? {
        guard header.utf8.count <= 6, let seconds = Int64(header), seconds >= 0 else { return nil }
        return .seconds(seconds)
    }
}
