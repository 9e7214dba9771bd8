import Crypto
import Foundation
import PluginKit

/// Reads whole paths of a key-value engine, of either version, and says why where that fails.
struct KVReader: Sendable {
    private let connection: VaultConnection
    /// Makes the fingerprints of an engine without versions: without this key they say nothing about a value.
    private let fingerprintKey = SymmetricKey(size: .bits256)

    init(connection: VaultConnection) {
        self.connection = connection
    }

    /// What is at `path`, or `nil` where there is nothing, and it is certain that the engine could have it.
    func read(_ path: String) async throws(VaultProblem) -> KVDocument? {
        switch connection.settings.version {
        case .one: try await readPlain(path)
        case .two: try await readVersioned(path)
        }
    }

    private func readPlain(_ path: String) async throws(VaultProblem) -> KVDocument? {
        let answer = try await connection.send(.get("\(connection.settings.mount)/\(path)"))
        guard answer.status == 200 else { return try absence(answer) }
        let fields = try answer.decoded(PlainBody.self).data
        return KVDocument(fields: fields.mapValues { field in (field, fingerprint(field)) }, changedAt: nil)
    }

    private func readVersioned(_ path: String) async throws(VaultProblem) -> KVDocument? {
        let answer = try await connection.send(.get("\(connection.settings.mount)/data/\(path)"))
        guard answer.status == 200 else {
            if let version = try? answer.decoded(VersionedBody.self).data { throw version.metadata.lossProblem }
            _ = try absence(answer)
            try await checkEngine(path)
            return nil
        }
        guard let found = try? answer.decoded(VersionedBody.self).data, let fields = found.data else {
            throw .wrongEngineVersion(expected: .two)
        }
        let version = "v\(found.metadata.version)"
        return KVDocument(
            fields: fields.mapValues { ($0, version) }, changedAt: VaultTime.read(found.metadata.createdTime))
    }

    /// `nil` where the answer says that there is nothing, and nothing else.
    private func absence(_ answer: VaultAnswer) throws(VaultProblem) -> KVDocument? {
        guard answer.status == 404, let notes = answer.notes else { throw .refused(status: answer.status) }
        if notes.mention("versioned k/v") || notes.mention("k/v v2 mount") {
            throw .wrongEngineVersion(expected: connection.settings.version)
        }
        if notes.mention("no handler for route") { throw .noMount }
        guard notes.errors?.isEmpty ?? true, notes.warnings?.isEmpty ?? true else { throw .refused(status: 404) }
        return nil
    }

    // An engine of version 1 has nothing at `data/…` either, and says so in the same words. This endpoint is not
    // promised to stay, so only a clear answer of it counts.
    private func checkEngine(_ path: String) async throws(VaultProblem) {
        let request = VaultRequest.get("sys/internal/ui/mounts/\(connection.settings.mount)/\(path)")
        guard let answer = try? await connection.send(request), answer.status == 200,
            let engine = try? answer.decoded(MountBody.self).data
        else { return }
        if engine.type == "kv", engine.options?["version"] ?? "1" != "2" { throw .wrongEngineVersion(expected: .two) }
    }

    private func fingerprint(_ field: KVField) -> String {
        guard case .text(let value) = field else { return "" }
        let code = value.withExposedBytes { HMAC<SHA256>.authenticationCode(for: $0, using: fingerprintKey) }
        return code.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

private struct PlainBody: Decodable {
    let data: [String: KVField]
}

private struct VersionedBody: Decodable {
    struct Version: Decodable {
        let data: [String: KVField]?
        let metadata: Metadata
    }

    struct Metadata: Decodable {
        let createdTime: String
        let isDestroyed: Bool?
        let version: Int

        enum CodingKeys: String, CodingKey {
            case createdTime = "created_time"
            case isDestroyed = "destroyed"
            case version
        }

        var lossProblem: VaultProblem {
            isDestroyed == true ? .destroyed(version: version) : .deleted(version: version)
        }
    }

    let data: Version
}

private struct MountBody: Decodable {
    struct Engine: Decodable {
        let type: String
        let options: [String: String]?
    }

    let data: Engine
}
