import Foundation

/// One key of KV version 2: its versions and what is known about them.
struct KVEntry {
    var versions: [Int: KVVersion] = [:]
    var current = 0
    var settings = KVSettings()
    var customMetadata: JSONValue = .null
    private let created: Date
    private var updated: Date
    private var oldest = 0

    init(at now: Date) {
        created = now
        updated = now
    }

    /// Adds a version and forgets those that are too many; gives back its number.
    mutating func add(_ data: JSONValue, at now: Date, under engine: KVSettings) -> Int {
        current += 1
        updated = now
        let life = settings.life(under: engine)
        versions[current] = KVVersion(data: data, created: now, deletion: life.map { now + TimeInterval($0) })
        let limit = settings.maxVersions > 0 ? settings.maxVersions : engine.maxVersions
        let first = current - (limit > 0 ? limit : 10) + 1
        if first > 1 {
            versions = versions.filter { $0.key >= first }
            oldest = first
        }
        return current
    }

    mutating func deleteCurrent(at now: Date) {
        versions[current]?.delete(at: now)
    }

    mutating func take(_ request: VaultRequest) {
        settings.take(request)
        customMetadata = request.body["custom_metadata"] ?? customMetadata
        updated = request.now
    }

    mutating func patch(_ request: VaultRequest) {
        settings.take(request)
        if let patch = request.body["custom_metadata"] {
            customMetadata = customMetadata.merging(patch: patch)
        }
        updated = request.now
    }

    var json: JSONValue {
        let versions = versions.map { ("\($0.key)", $0.value.history) }
        let own: [String: JSONValue] = [
            "created_time": .string(GoText.time(created)), "updated_time": .string(GoText.time(updated)),
            "current_version": .integer(current), "oldest_version": .integer(oldest),
            "custom_metadata": customMetadata, "versions": .object(Dictionary(uniqueKeysWithValues: versions)),
        ]
        return .object(own.merging(settings.json.object ?? [:]) { own, _ in own })
    }
}

/// One version of a key.
struct KVVersion {
    private(set) var data: JSONValue
    private let created: Date
    private var deletion: Date?
    private var isDestroyed = false

    init(data: JSONValue, created: Date, deletion: Date?) {
        self.data = data
        self.created = created
        self.deletion = deletion
    }

    func isReadable(at now: Date) -> Bool {
        !isDestroyed && deletion.map { $0 > now } != false
    }

    mutating func delete(at now: Date) {
        guard isReadable(at: now) else { return }
        deletion = now
    }

    mutating func undelete() {
        if !isDestroyed { deletion = nil }
    }

    mutating func destroy() {
        isDestroyed = true
        data = .null
    }

    /// As the key's metadata lists it.
    var history: JSONValue {
        [
            "created_time": .string(GoText.time(created)), "destroyed": .bool(isDestroyed),
            "deletion_time": .string(deletion.map(GoText.time) ?? ""),
        ]
    }

    /// As it stands beside the secret.
    func json(number: Int, customMetadata: JSONValue) -> JSONValue {
        var members = history.object ?? [:]
        members["version"] = .integer(number)
        members["custom_metadata"] = customMetadata
        return .object(members)
    }
}

/// What can be set for a whole engine, and for one key.
struct KVSettings {
    private(set) var maxVersions = 0
    private(set) var isCASRequired = false
    /// Seconds until a version counts as deleted; 0: it does not, below 0: whatever the engine says.
    private var deleteAfter = 0

    mutating func take(_ request: VaultRequest) {
        maxVersions = request.integer("max_versions") ?? maxVersions
        isCASRequired = request.bool("cas_required") ?? isCASRequired
        deleteAfter = request.seconds("delete_version_after") ?? deleteAfter
    }

    /// How long a version lives where these are a key's settings; `nil`: for ever.
    func life(under engine: KVSettings) -> Int? {
        guard deleteAfter >= 0, engine.deleteAfter >= 0 else { return nil }
        return [deleteAfter, engine.deleteAfter].filter { $0 > 0 }.min()
    }

    var json: JSONValue {
        [
            "max_versions": .integer(maxVersions), "cas_required": .bool(isCASRequired),
            "delete_version_after": .string(GoText.duration(deleteAfter)),
        ]
    }
}
