import Foundation

/// The versioned key-value engine, KV version 2.
struct KVStore: VaultEngine {
    private var entries: [String: KVEntry] = [:]
    private var settings = KVSettings()

    func exists(_ path: String) -> Bool? {
        let (head, tail) = path.splitAtSlash
        return ["data", "metadata"].contains(head) ? entries[tail] != nil : nil
    }

    mutating func answer(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        if request.path == "config" { return try answerConfiguration(request) }
        guard !request.path.isEmpty || request.operation == .list else {
            return .advice("Non-listing operations on the root of a K/V v2 mount are not supported.")
        }
        switch request.head {
        case "data": return try answerData(request)
        case "metadata": return try answerMetadata(request)
        case "delete", "undelete", "destroy": return try changeVersions(request)
        case "subkeys": return try readSubkeys(request)
        default: return .advice(Self.advice(for: request.operation))
        }
    }

    private static func advice(for operation: VaultRequest.Operation) -> String {
        let verb =
            switch operation {
            case .read: "get"
            case .list: "list"
            case .create, .update: "put"
            case .patch: "patch"
            case .delete: "delete"
            }
        return "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints "
            + "to use. If using the Vault CLI, use 'vault kv \(verb)' for this operation."
    }

    private mutating func answerConfiguration(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.operation {
        case .read: return .data(settings.json)
        case .create, .update:
            settings.take(request)
            return .done
        default: throw .unsupportedOperation
        }
    }
}

// Secrets.
extension KVStore {
    private mutating func answerData(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.operation {
        case .read: return try read(request)
        case .create, .update:
            return try write(request, data: request.body["data"], to: entries[request.tail])
        case .patch: return try patch(request)
        case .delete:
            entries[request.tail]?.deleteCurrent(at: request.now)
            return .done
        case .list: throw .unsupportedOperation
        }
    }

    private func read(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        let (number, version, entry) = try version(request)
        let metadata = version.json(number: number, customMetadata: entry.customMetadata)
        guard version.isReadable(at: request.now) else {
            return VaultAnswer(status: 404, data: ["data": nil, "metadata": metadata])
        }
        return .data(["data": version.data, "metadata": metadata])
    }

    private func version(_ request: VaultRequest) throws(VaultRefusal) -> (Int, KVVersion, KVEntry) {
        guard let entry = entries[request.tail] else { throw .absent }
        let asked = request.query["version"].flatMap { Int($0) } ?? 0
        let number = asked == 0 ? entry.current : asked
        guard let version = entry.versions[number] else { throw .absent }
        return (number, version, entry)
    }

    private mutating func write(
        _ request: VaultRequest, data: JSONValue?, to entry: KVEntry?
    ) throws(VaultRefusal) -> VaultAnswer {
        guard let data, data.object != nil else { throw .invalid("no data provided") }
        var entry = entry ?? KVEntry(at: request.now)
        try checkCAS(request.body["options"]?["cas"], entry)
        let number = entry.add(data, at: request.now, under: settings)
        entries[request.tail] = entry
        guard let version = entry.versions[number] else { throw .absent }
        return .data(version.json(number: number, customMetadata: entry.customMetadata))
    }

    private func checkCAS(_ cas: JSONValue?, _ entry: KVEntry) throws(VaultRefusal) {
        guard let cas else {
            guard !settings.isCASRequired && !entry.settings.isCASRequired else {
                throw .invalid("check-and-set parameter required for this call")
            }
            return
        }
        guard cas.integer == entry.current else {
            throw .invalid("check-and-set parameter did not match the current version")
        }
    }

    private mutating func patch(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard let patch = request.body["data"], patch.object != nil else { throw .invalid("no data provided") }
        guard let entry = entries[request.tail], let version = entry.versions[entry.current] else {
            return VaultAnswer(status: 404, form: .nothing)
        }
        guard version.isReadable(at: request.now) else {
            let metadata = version.json(number: entry.current, customMetadata: entry.customMetadata)
            return VaultAnswer(status: 404, data: ["data": nil, "metadata": metadata])
        }
        return try write(request, data: version.data.merging(patch: patch), to: entry)
    }

    private func readSubkeys(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation == .read else { throw .unsupportedOperation }
        let (number, version, entry) = try version(request)
        let metadata = version.json(number: number, customMetadata: entry.customMetadata)
        guard version.isReadable(at: request.now) else {
            return VaultAnswer(status: 404, data: ["subkeys": nil, "metadata": metadata])
        }
        let depth = request.query["depth"].flatMap { Int($0) } ?? 0
        return .data(["subkeys": version.data.keysAlone(depth: depth == 0 ? .max : depth), "metadata": metadata])
    }

    private mutating func changeVersions(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        let numbers = (request.body["versions"]?.array ?? []).compactMap(\.integer)
        guard !numbers.isEmpty else { throw .invalid("No version number provided") }
        for number in numbers {
            switch request.head {
            case "delete": entries[request.tail]?.versions[number]?.delete(at: request.now)
            case "undelete": entries[request.tail]?.versions[number]?.undelete()
            default: entries[request.tail]?.versions[number]?.destroy()
            }
        }
        return .done
    }
}

// Metadata.
extension KVStore {
    private mutating func answerMetadata(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.operation {
        case .list: return try .keys(entries.keys.entries(in: request.tail))
        case .read:
            guard let entry = entries[request.tail] else { throw .absent }
            return .data(entry.json)
        case .create, .update:
            entries[request.tail, default: KVEntry(at: request.now)].take(request)
            return .done
        case .patch:
            guard entries[request.tail] != nil else { return VaultAnswer(status: 404, form: .nothing) }
            entries[request.tail]?.patch(request)
            return .done
        case .delete:
            entries[request.tail] = nil
            return .done
        }
    }
}

extension String {
    /// The first segment, and what stands behind its slash.
    var splitAtSlash: (head: String, tail: String) {
        (String(prefix { $0 != "/" }), String(drop { $0 != "/" }.dropFirst()))
    }
}
