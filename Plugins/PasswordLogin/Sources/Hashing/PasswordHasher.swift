import PluginKit

/// Hashes passwords and compares them with stored hashes. Slow on purpose: to be used on the hashing pool.
struct PasswordHasher: Sendable {
    enum Comparison: Sendable {
        case same
        case different
        /// No password could have been stored that reads like this.
        case malformed
    }

    private let method: HashMethod
    private let counter: HashCounter

    init(method: HashMethod, counter: HashCounter) {
        self.method = method
        self.counter = counter
    }

    /// Compares what was typed with `record`. Every outcome costs exactly one hash, also where there is no record
    /// or the text is malformed.
    ///
    /// - Throws: ``StoredPasswordError`` where `record` cannot be compared with, ``HashingError``.
    func compare(
        _ typed: SecretText, of user: UserID, with record: PasswordRecord?, peppers: PepperRing
    ) throws -> Comparison {
        guard let password = try? NormalizedPassword(typed) else { return try decoyed(.malformed) }
        return try compare(password, of: user, with: record, peppers: peppers)
    }

    /// Whether `record` is a hash of `password`; `false` where it cannot be compared with any more.
    func isSame(
        _ password: NormalizedPassword, of user: UserID, as record: PasswordRecord, peppers: PepperRing
    ) throws -> Bool {
        do {
            return try compare(password, of: user, with: record, peppers: peppers) == .same
        } catch is StoredPasswordError {
            return false
        }
    }

    /// Hashes `password` with today's method and pepper.
    ///
    /// - Throws: ``HashingError``; also where the method cannot read all of the password.
    func hash(_ password: NormalizedPassword, of user: UserID, peppers: PepperRing) throws -> PasswordRecord {
        let input = try input(password, of: user, pepper: peppers.current)
        guard Self.fits(input, method) else {
            throw HashingError(description: "the password is too long for the method")
        }
        counter.increment()
        return PasswordRecord(
            hash: try method.hash(input), pepperID: peppers.current?.id, normalization: NormalizedPassword.version)
    }

    /// Whether `record` would be made otherwise today: by another method, at more cost, with another pepper.
    func isOutdated(_ record: PasswordRecord, peppers: PepperRing) -> Bool {
        guard let stored = try? HashMethod(of: record.hash) else { return true }
        return stored.isOutdated(by: method) || record.pepperID != peppers.current?.id
            || record.normalization != NormalizedPassword.version
    }

    // MARK: Parts

    private func compare(
        _ password: NormalizedPassword, of user: UserID, with record: PasswordRecord?, peppers: PepperRing
    ) throws -> Comparison {
        guard let record else {
            let input = try input(password, of: user, pepper: peppers.current)
            return try decoyed(Self.fits(input, method) ? .different : .malformed)
        }
        let pepper = try record.pepperID.map(peppers.pepper)
        let stored = try readMethod(of: record)
        let input = try input(password, of: user, pepper: pepper)
        guard Self.fits(input, stored) else { return try decoyed(.malformed) }
        return try verify(input, against: record.hash, by: stored) ? .same : .different
    }

    /// Spends one hash on nothing, so that `comparison` takes as long as any other.
    private func decoyed(_ comparison: Comparison) throws -> Comparison {
        _ = try verify(SecretBytes([]), against: try method.decoy(), by: method)
        return comparison
    }

    private func verify(_ input: SecretBytes, against hash: String, by method: HashMethod) throws -> Bool {
        counter.increment()
        return try method.verify(input, against: hash)
    }

    private func input(_ password: NormalizedPassword, of user: UserID, pepper: Pepper?) throws -> SecretBytes {
        try pepper?.apply(to: password, of: user) ?? password.text.bytes
    }

    private func readMethod(of record: PasswordRecord) throws(StoredPasswordError) -> HashMethod {
        guard record.normalization == NormalizedPassword.version else {
            throw .unknownNormalization(version: record.normalization)
        }
        return try HashMethod(of: record.hash)
    }

    private static func fits(_ input: SecretBytes, _ method: HashMethod) -> Bool {
        method.maximumInputBytes.map { input.count <= $0 } ?? true
    }
}
