import ArgumentParser
import Cryptography
import Foundation
import Kernel
import PluginKit
import Synchronization

/// Where new keys go: standard output, a file for its owner alone, or a folder of files that only the holder of a private
/// key can open. Whatever was added is safe on the disk when ``finishBatch()`` returns.
final class KeyHandOut: Sendable {
    private enum Place {
        case output
        case file(FileHandle)
        case folder(path: String, certificate: [UInt8])
    }

    private let place: Place
    private let batch = Mutex<(lines: [String], number: Int)>(([], 0))

    private init(_ place: Place) {
        self.place = place
    }

    /// Opens the place; what is wrong with it is said, and ends the command as a usage error.
    static func open(_ path: String?, certificate: String?) throws -> KeyHandOut {
        guard let path else { return KeyHandOut(.output) }
        guard let certificate else { return KeyHandOut(.file(try newFile(path))) }
        guard let pem = FileManager.default.contents(atPath: certificate) else {
            throw refused("--seal-for: \(certificate) cannot be read")
        }
        // Tried before anything is rotated.
        guard (try? CMSEnvelope.seal([UInt8](), certificate: [UInt8](pem))) != nil else {
            throw refused("--seal-for: \(certificate) is no certificate in PEM with an RSA or EC key")
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw refused("--output: \(path) cannot be made") }
        return KeyHandOut(.folder(path: path, certificate: [UInt8](pem)))
    }

    func add(_ key: RotatedAPIKey) throws {
        let line = try HandedOutKey(key).line
        batch.withLock { $0.lines.append(line) }
    }

    func finishBatch() throws {
        let (lines, number) = batch.withLock { batch in
            defer { batch = ([], batch.number + 1) }
            return batch
        }
        let bytes = Data(lines.map { $0 + "\n" }.joined().utf8)
        switch place {
        case .output: try FileHandle.standardOutput.write(contentsOf: bytes)
        case .file(let file):
            try file.write(contentsOf: bytes)
            try file.synchronize()
        case .folder(let path, let certificate):
            let stamp = Int(SystemClock.now().timeIntervalSince1970)
            let name =
                "keys-\(stamp)-\(getpid())-" + String(repeating: "0", count: max(0, 6 - "\(number)".count))
                + "\(number).cms"
            let file = try Self.newFile("\(path)/\(name)")
            try file.write(contentsOf: Data(try CMSEnvelope.seal(bytes, certificate: certificate)))
            try file.synchronize()
            try file.close()
        }
    }

    /// Says what came of it: beside the keys, where these went to standard output.
    func showEnd(_ row: KeyRotationRow, on output: Output) throws {
        if case .output = place {
            Output.complain(row.words)
        } else {
            try output.show(row) { row.words }
        }
    }

    private static func newFile(_ path: String) throws -> FileHandle {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw refused("--output: \(path) cannot be made" + (errno == EEXIST ? ": it is there already" : ""))
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func refused(_ words: String) -> ExitCode {
        Output.complain(words)
        return .usage
    }
}

/// A new key as a line of JSON.
private struct HandedOutKey: Encodable {
    let keyID: KeyID
    let name: String
    let key: String
    let secretID: KeySecretID
    let expiresAt: Date
    let previousExpiresAt: Date
    let rotationID: KeyRotationID

    private enum CodingKeys: String, CodingKey {
        case name, key
        case keyID = "key_id"
        case secretID = "secret_id"
        case expiresAt = "expires_at"
        case previousExpiresAt = "previous_expires_at"
        case rotationID = "rotation_id"
    }

    init(_ rotated: RotatedAPIKey) {
        keyID = rotated.key
        name = rotated.name
        key = rotated.text.withExposed { $0 }
        secretID = rotated.secret
        expiresAt = rotated.expiresAt
        previousExpiresAt = rotated.previousEndsAt
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
