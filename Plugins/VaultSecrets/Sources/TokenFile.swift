import PluginKit

/// Reads a signed token from a file that somebody else replaces from time to time.
enum TokenFile {
    /// The contents without white space at the end.
    static func read(_ file: HostFile) throws(VaultProblem) -> SecretText {
        let bytes: SecretBytes
        do {
            bytes = try file.secret()
        } catch {
            throw problem(file, "\(error)")
        }
        let token = bytes.withExposedBytes { bytes in
            let end = bytes.lastIndex { !isSpace($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
            return SecretBytes(Array(bytes[..<end]))
        }
        guard !token.isEmpty, token.isPrintable else { throw problem(file, "it holds no token") }
        return SecretText(utf8: token)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0A, 0x0D].contains(byte)
    }

    private static func problem(_ file: HostFile, _ what: String) -> VaultProblem {
        .credential("the file of the token for Vault, \(file.path): \(what)")
    }
}
