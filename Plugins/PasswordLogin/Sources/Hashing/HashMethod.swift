import PluginKit

/// A hash function for passwords with its cost.
enum HashMethod: Sendable, Equatable {
    case argon2id(Argon2id.Parameters)
    case bcrypt(cost: Int)

    /// Reads the method off a stored hash.
    ///
    /// - Throws: ``StoredPasswordError/corrupt`` for a method or a cost that this provider does not know.
    init(of encoded: String) throws(StoredPasswordError) {
        if let parameters = Argon2id.parameters(of: encoded) {
            self = .argon2id(parameters)
        } else if let cost = Bcrypt.cost(of: encoded) {
            self = .bcrypt(cost: cost)
        } else {
            throw .corrupt
        }
    }

    /// Hashes `input` with a new random salt.
    func hash(_ input: SecretBytes) throws(HashingError) -> String {
        switch self {
        case .argon2id(let parameters): try Argon2id.hash(input, parameters: parameters)
        case .bcrypt(let cost): try Bcrypt.hash(input, cost: cost)
        }
    }

    /// Whether `encoded`, a hash of this method, is a hash of `input`; at the cost of one hash.
    func verify(_ input: SecretBytes, against encoded: String) throws(HashingError) -> Bool {
        switch self {
        case .argon2id: try Argon2id.verify(input, against: encoded)
        case .bcrypt: try Bcrypt.verify(input, against: encoded)
        }
    }

    /// A well-formed hash of nothing that anybody knows: comparing with it costs what comparing with a real one costs.
    func decoy() throws(HashingError) -> String {
        switch self {
        case .argon2id(let parameters): Argon2id.decoy(parameters: parameters)
        case .bcrypt(let cost): try Bcrypt.decoy(cost: cost)
        }
    }

    /// Whether a hash of this method should be renewed now that `current` is configured: another function, or more cost.
    func isOutdated(by current: HashMethod) -> Bool {
        switch (self, current) {
        case (.argon2id(let own), .argon2id(let new)): own.isWeaker(than: new)
        case (.bcrypt(let own), .bcrypt(let new)): own < new
        default: true
        }
    }

    /// The most bytes that the function reads; `nil` where it reads all.
    var maximumInputBytes: Int? {
        switch self {
        case .argon2id: nil
        case .bcrypt: Bcrypt.maximumInputBytes
        }
    }
}

/// The library of a hash function failed, for want of memory for example. Holds no password and no hash.
struct HashingError: Error, CustomStringConvertible {
    /// The function that failed and the code it gave, if any.
    let description: String
}

/// Why a stored hash cannot be compared with.
enum StoredPasswordError: Error, Equatable, CustomStringConvertible {
    case corrupt
    /// The hash was made with a pepper that is not configured any more.
    case unknownPepper(id: String)
    /// The hash was made by a newer version of this provider.
    case unknownNormalization(version: Int)

    var description: String {
        switch self {
        case .corrupt: "a stored password hash has a form that is not known"
        case .unknownPepper(let id): "a stored password hash needs the pepper \(id), which is not configured"
        case .unknownNormalization(let version): "a stored password hash needs normalisation version \(version)"
        }
    }
}
