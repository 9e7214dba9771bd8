/// The transit engine: encryption as a service, with keys that never leave it.
///
/// It has keys of the kind `aes256-gcm96` alone, plain and derived; it signs nothing.
struct TransitEngine: VaultEngine {
    var keys: [String: TransitKey] = [:]

    func exists(_ path: String) -> Bool? {
        let (head, tail) = path.splitAtSlash
        return head == "encrypt" ? keys[tail] != nil : nil
    }

    mutating func answer(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        switch request.head {
        case "keys": return try answerKeys(request)
        case "encrypt", "decrypt", "rewrap": return try answerItems(request)
        case "datakey": return try makeDataKey(request)
        case "hmac": return try makeHMAC(request)
        case "verify": return try verify(request)
        case "sign": throw try signingRefusal(request)
        case "random": return try random(request)
        default: throw .unsupportedPath
        }
    }

    func key(_ name: String) throws(VaultRefusal) -> TransitKey {
        guard let key = keys[name] else { throw .invalid("encryption key not found") }
        return key
    }

    private func signingRefusal(_ request: VaultRequest) throws(VaultRefusal) -> VaultRefusal {
        _ = try key(request.segments.count > 1 ? request.segments[1] : "")
        return .invalid("key type \(TransitKey.kind) does not support signing")
    }
}

// Keys.
extension TransitEngine {
    private mutating func answerKeys(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        if request.operation == .list { return try .keys(keys.keys) }
        let (name, action) = request.tail.splitAtSlash
        switch (action, request.operation) {
        case ("", .read):
            guard let key = keys[name] else { throw .absent }
            return .data(key.json)
        case ("", .create), ("", .update): return try create(name, request)
        case ("", .delete): return try delete(name)
        case ("rotate", .create), ("rotate", .update):
            return try change(name) { (key) throws(VaultRefusal) in key.rotate(at: request.now) }
        case ("config", .create), ("config", .update):
            return try change(name) { (key) throws(VaultRefusal) in try key.configure(request) }
        case ("", _), ("rotate", _), ("config", _): throw .unsupportedOperation
        default: throw .unsupportedPath
        }
    }

    private mutating func create(_ name: String, _ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        let kind = request.text("type") ?? TransitKey.kind
        guard kind == TransitKey.kind else { throw .invalid("unknown key type \(kind)") }
        let key = keys[name] ?? TransitKey(name: name, isDerived: request.bool("derived") ?? false, at: request.now)
        keys[name] = key
        return .data(key.json)
    }

    private mutating func change(
        _ name: String, _ body: (inout TransitKey) throws(VaultRefusal) -> Void
    ) throws(VaultRefusal) -> VaultAnswer {
        guard var key = keys[name] else { throw .invalid("no existing key named \(name) could be found") }
        try body(&key)
        keys[name] = key
        return .data(key.json)
    }

    private mutating func delete(_ name: String) throws(VaultRefusal) -> VaultAnswer {
        guard let key = keys[name] else {
            throw .invalid("error deleting policy \(name): could not delete key; not found")
        }
        guard key.isDeletionAllowed else {
            throw .invalid("error deleting policy \(name): deletion is not allowed for this key")
        }
        keys[name] = nil
        return .done
    }
}

// What needs a key and is no encryption of a given text.
extension TransitEngine {
    private func makeDataKey(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        let (form, name) = request.tail.splitAtSlash
        guard ["plaintext", "wrapped"].contains(form) else {
            throw .invalid("Invalid path, must be 'plaintext' or 'wrapped'")
        }
        let bits = request.integer("bits") ?? 256
        guard [128, 256, 512].contains(bits) else { throw .invalid("invalid bit length") }
        let bytes = RandomText.bytes(bits / 8)
        let sealed = try key(name).encrypt(
            bytes, version: nil, associatedData: try Self.associatedData(of: request.body),
            context: try Self.context(of: request.body))
        var result = Self.json(sealed)
        if form == "plaintext" { result["plaintext"] = .string(GoBase64.encode(bytes)) }
        return .data(.object(result))
    }

    private func makeHMAC(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        let (name, algorithm) = request.tail.splitAtSlash
        let text = try key(name).hmac(
            try Self.input(of: request), algorithm: algorithm.isEmpty ? "sha2-256" : algorithm,
            version: request.integer("key_version"))
        return .data(["hmac": .string(text)])
    }

    private func verify(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        let (name, algorithm) = request.tail.splitAtSlash
        let key = try key(name)
        guard let hmac = request.text("hmac") else {
            throw .invalid("neither a 'signature' nor an 'hmac' were given to verify")
        }
        let isValid = try key.isValid(
            hmac: hmac, for: try Self.input(of: request), algorithm: algorithm.isEmpty ? "sha2-256" : algorithm)
        return .data(["valid": .bool(isValid)])
    }

    private static func input(of request: VaultRequest) throws(VaultRefusal) -> [UInt8] {
        guard let input = request.text("input") else { throw .invalid("missing input for HMAC") }
        guard let bytes = try? GoBase64.decode(input) else {
            throw .invalid("unable to decode input as base64")
        }
        return bytes
    }

    private func random(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        guard let count = request.segments.dropFirst().first.map({ Int($0) }) ?? 32, (1...131_072).contains(count)
        else {
            throw .invalid("error parsing url-provided byte count")
        }
        let bytes = RandomText.bytes(count)
        let isHexadecimal = request.text("format") == "hex"
        let text = isHexadecimal ? RandomText.hexadecimal(bytes) : GoBase64.encode(bytes)
        return .data(["random_bytes": .string(text)])
    }
}
