import Foundation
import PluginKit

/// Reads a signed token from a file that somebody else replaces from time to time.
enum TokenFile {
    private static let maximumBytes = 64 * 1024

    /// The contents without white space at the end.
    static func read(_ path: String) throws(VaultProblem) -> SecretText {
        guard let file = FileHandle(forReadingAtPath: path) else { throw problem(path, "cannot be opened") }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: maximumBytes + 1) else { throw problem(path, "cannot be read") }
        guard data.count <= maximumBytes else { throw problem(path, "is larger than \(maximumBytes) bytes") }
        let end = data.lastIndex { !isSpace($0) }.map { data.index(after: $0) } ?? data.startIndex
        let token = SecretBytes(data[..<end])
        guard !token.isEmpty, token.isPrintable else { throw problem(path, "holds no token") }
        return SecretText(utf8: token)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0A, 0x0D].contains(byte)
    }

    private static func problem(_ path: String, _ what: String) -> VaultProblem {
        .credential("the file of the token for Vault, \(path), \(what); check `token_file` and who may read it")
    }
}
