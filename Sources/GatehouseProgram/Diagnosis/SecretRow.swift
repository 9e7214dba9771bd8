import Cryptography
import Foundation
import PluginKit

/// What was found of one secret.
struct SecretRow: Encodable, Sendable {
    let owner: String
    let reference: String
    private(set) var fingerprint: String?
    private(set) var version: String?
    private(set) var changedAt: Date?
    private(set) var unconfirmedSince: Date?
    /// Why there is nothing to show where nothing has to be there.
    private(set) var note: String?
    private(set) var problem: String?

    init(owner: String, reference: String, problem: String) {
        self.owner = owner
        self.reference = reference
        self.problem = problem
    }

    /// A key that stays where it is kept, and what it is called.
    init(owner: String, reference: String, keyID: String) {
        self.owner = owner
        self.reference = reference
        version = keyID
    }

    /// - Parameter isSpare: whether nothing has to be there.
    init(
        owner: String, reference: String, isSpare: Bool, _ fingerprint: Fingerprint,
        _ resolve: () async throws -> ResolvedSecret?, absence: () async -> String
    ) async {
        self.owner = owner
        self.reference = reference
        do {
            guard let secret = try await resolve() else {
                if isSpare { note = "nothing is there, and nothing has to be" } else { problem = await absence() }
                return
            }
            self.fingerprint = fingerprint.of(secret.value)
            version = secret.version
            changedAt = secret.changedAt
            unconfirmedSince = secret.unconfirmedSince
        } catch {
            problem = "\(error)"
            isUndecided = true
        }
    }

    /// Whether it could not be told what is there.
    private(set) var isUndecided = false

    private enum CodingKeys: String, CodingKey {
        case owner, reference, fingerprint, version, changedAt, unconfirmedSince, note, problem
    }

    var words: String {
        if let problem { return "\(owner)\t\(reference)\tFAILED\t\(problem)" }
        if let note { return "\(owner)\t\(reference)\tnone\t\(note)" }
        let age = changedAt.map { "\tchanged \($0.formatted(.iso8601))" } ?? ""
        let doubt = unconfirmedSince.map { "\tnot confirmed since \($0.formatted(.iso8601))" } ?? ""
        return "\(owner)\t\(reference)\tok\t\(fingerprint ?? "-")\tversion \(version ?? "")\(age)\(doubt)"
    }
}

/// Tells one secret from another without telling what it is: a MAC under a key that never leaves this machine.
struct Fingerprint: Sendable {
    private let key: KeyBytes

    /// Under a key that is forgotten again.
    init() throws {
        key = KeyBytes(try Randomness.bytes(32))
    }

    /// Takes the key from the data folder, where it is made the first time.
    init(folder: String) throws {
        try PrivateFiles.makeDataFolder(folder)
        let path = "\(folder)/fingerprint-key"
        if !FileManager.default.fileExists(atPath: path) {
            try PrivateFiles.write(Hexadecimal.encode(try Randomness.bytes(32)), to: path)
        }
        key = KeyBytes(try Data(contentsOf: URL(filePath: path)))
    }

    func of(_ value: SecretBytes) -> String {
        Hexadecimal.encode(Array(HMACSHA256.authenticate(value.withExposedBytes { Array($0) }, key: key).prefix(4)))
    }
}
