import ArgumentParser
import Cryptography
import Foundation
import Kernel
import PluginKit

/// Where new keys go: standard output, a file for its owner alone, or a folder of files that only the holder of a private
/// key can open.
struct KeyHandOut: Sendable {
    private enum Place {
        case output
        case file(KeyFile)
        case folder(path: String, certificate: [UInt8])
    }

    private let place: Place

    /// Opens the place; what is wrong with it is said, and ends the command as a usage error.
    ///
    /// - Parameter goesOn: whether a file that is there already is continued.
    static func open(_ path: String?, certificate: String?, goesOn: Bool = false) throws -> KeyHandOut {
        guard let path else { return KeyHandOut(place: .output) }
        do {
            guard let certificate else {
                return KeyHandOut(place: .file(try goesOn ? .continuing(path) : .new(path)))
            }
            let pem = try Self.certificate(in: certificate)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw KeyFile.Failure(path, .lastError) }
            return KeyHandOut(place: .folder(path: path, certificate: pem))
        } catch let failure as KeyFile.Failure {
            Output.complain("--output: \(failure)")
            throw ExitCode.usage
        }
    }

    /// Hands out one key: it is safe on the disk when this returns. A sealed file holds one key, so that nothing is good
    /// before it is in a file.
    ///
    /// - Throws: ``KeyFile/Failure``.
    func add(_ key: RotatedAPIKey) throws {
        let line = Array(try HandedOutKey(key).line.utf8) + [UInt8(ascii: "\n")]
        switch place {
        case .output: try KeyFile.standardOutput.write(line)
        case .file(let file): try file.add(line)
        case .folder(let path, let certificate):
            // A key's newest file is the last of its name.
            let file = try KeyFile.new("\(path)/\(key.key)-\(key.secret).cms")
            try file.add(try CMSEnvelope.seal(line, certificate: certificate))
            file.close()
        }
    }

    /// Ends the hand-out: a new file that nothing came into does not stay.
    func end() {
        if case .file(let file) = place { file.close() }
    }

    /// Says what came of it: beside the keys, where these went to standard output.
    func showEnd(_ row: KeyRotationRow, on output: Output) throws {
        if case .output = place {
            Output.complain(row.words)
        } else {
            try output.show(row) { row.words }
        }
    }

    private static func certificate(in path: String) throws -> [UInt8] {
        guard let pem = FileManager.default.contents(atPath: path) else {
            Output.complain("--seal-for: \(path) cannot be read")
            throw ExitCode.usage
        }
        // Tried before anything is rotated.
        guard (try? CMSEnvelope.seal([UInt8](), certificate: [UInt8](pem))) != nil else {
            Output.complain("--seal-for: \(path) is no certificate in PEM with an RSA or EC key")
            throw ExitCode.usage
        }
        return [UInt8](pem)
    }
}

/// A new key as a line of JSON, with the names of the HTTP answer.
private struct HandedOutKey: Encodable {
    let keyID: KeyID
    let name: String
    let key: String
    let secretID: KeySecretID
    let expiresAt: Date
    let previous: Previous
    let rotationID: KeyRotationID

    private enum CodingKeys: String, CodingKey {
        case name, key, previous
        case keyID = "key_id"
        case secretID = "secret_id"
        case expiresAt = "expires_at"
        case rotationID = "rotation_id"
    }

    struct Previous: Encodable {
        let secretID: KeySecretID
        let expiresAt: Date

        private enum CodingKeys: String, CodingKey {
            case secretID = "secret_id"
            case expiresAt = "expires_at"
        }
    }

    init(_ rotated: RotatedAPIKey) {
        keyID = rotated.key
        name = rotated.name
        key = rotated.text.withExposed { $0 }
        secretID = rotated.secret
        expiresAt = rotated.expiresAt
        previous = Previous(secretID: rotated.previous, expiresAt: rotated.previousEndsAt)
        rotationID = rotated.rotation
    }

    var line: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .iso8601
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
