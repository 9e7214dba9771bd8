extension TransitEngine {
    /// Encrypts, decrypts or rewraps one text, or many.
    mutating func answerItems(_ request: VaultRequest) throws(VaultRefusal) -> VaultAnswer {
        guard request.operation.isWrite else { throw .unsupportedOperation }
        let key = try keyForItems(request)
        let work = request.head
        guard let batch = request.body["batch_input"]?.array else {
            return .data(.object(try Self.result(of: work, on: request.body, with: key)))
        }
        guard !batch.isEmpty else { throw .invalid("missing batch input to process") }
        try Self.checkContexts(of: batch)
        return Self.answer(to: batch, partialFailure: request.integer("partial_failure_response_code")) {
            (item) throws(VaultRefusal) in try Self.result(of: work, on: item, with: key)
        }
    }

    /// The key; where a caller may create, encrypting makes one that is missing.
    private mutating func keyForItems(_ request: VaultRequest) throws(VaultRefusal) -> TransitKey {
        guard request.head == "encrypt", request.operation == .create else { return try key(request.tail) }
        let hasContext = request.body["context"] != nil || request.body["batch_input"]?.array?.first?["context"] != nil
        let key = TransitKey(name: request.tail, isDerived: hasContext, at: request.now)
        keys[request.tail] = key
        return key
    }

    private static func result(
        of work: String, on item: [String: JSONValue], with key: TransitKey
    ) throws(VaultRefusal) -> [String: JSONValue] {
        switch work {
        case "encrypt": return try encrypt(item, with: key)
        case "decrypt": return ["plaintext": .string(GoBase64.encode(try decrypt(item, with: key)))]
        default: return try rewrap(item, with: key)
        }
    }

    private static func encrypt(
        _ item: [String: JSONValue], with key: TransitKey
    ) throws(VaultRefusal) -> [String: JSONValue] {
        guard let plaintext = item["plaintext"]?.string else { throw .invalid("missing plaintext to encrypt") }
        return json(
            try key.encrypt(
                try GoBase64.decode(plaintext), version: item["key_version"]?.integer,
                associatedData: try associatedData(of: item), context: try context(of: item)))
    }

    private static func decrypt(_ item: [String: JSONValue], with key: TransitKey) throws(VaultRefusal) -> [UInt8] {
        guard let text = item["ciphertext"]?.string, !text.isEmpty else {
            throw .invalid("missing ciphertext to decrypt")
        }
        return try key.decrypt(text, associatedData: try associatedData(of: item), context: try context(of: item))
    }

    private static func rewrap(
        _ item: [String: JSONValue], with key: TransitKey
    ) throws(VaultRefusal) -> [String: JSONValue] {
        // This release has no associated data here, so what was encrypted with such cannot be rewrapped.
        let bare = item.filter { $0.key != "associated_data" }
        let plaintext = try decrypt(bare, with: key)
        let version = item["key_version"]?.integer
        return json(
            try key.encrypt(plaintext, version: version, associatedData: [], context: try context(of: item)))
    }

    static func json(_ sealed: (text: String, version: Int)) -> [String: JSONValue] {
        ["ciphertext": .string(sealed.text), "key_version": .integer(sealed.version)]
    }

    static func associatedData(of item: [String: JSONValue]) throws(VaultRefusal) -> [UInt8] {
        try GoBase64.decode(item["associated_data"]?.string ?? "")
    }

    static func context(of item: [String: JSONValue]) throws(VaultRefusal) -> [UInt8]? {
        guard let text = item["context"]?.string else { return nil }
        guard let bytes = try? GoBase64.decode(text) else { throw .invalid("failed to base64-decode context") }
        return bytes
    }

    private static func checkContexts(of batch: [JSONValue]) throws(VaultRefusal) {
        let count = batch.count { $0["context"] != nil }
        guard count == 0 || count == batch.count else {
            throw .invalid("context should be set either in all the request blocks or in none")
        }
    }

    private static func answer(
        to batch: [JSONValue], partialFailure: Int?,
        _ work: ([String: JSONValue]) throws(VaultRefusal) -> [String: JSONValue]
    ) -> VaultAnswer {
        var failures = 0
        let results = batch.map { item in
            var result: [String: JSONValue]
            do throws(VaultRefusal) {
                result = try work(item.object ?? [:])
            } catch {
                failures += 1
                result = ["error": .string(error.errors.joined(separator: "; "))]
            }
            result["reference"] = item["reference"] ?? ""
            return JSONValue.object(result)
        }
        let isMixed = failures > 0 && failures < batch.count
        let failed = isMixed ? partialFailure ?? 400 : 400
        return VaultAnswer(status: failures == 0 ? 200 : failed, data: ["batch_results": .array(results)])
    }
}
