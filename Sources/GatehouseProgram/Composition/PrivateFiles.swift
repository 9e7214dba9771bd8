import Foundation
import Glibc

/// Files that only this process's user may read.
enum PrivateFiles {
    /// Makes a folder that only this user may enter, where it is missing.
    static func makeFolder(_ path: String) throws {
        try makeFolder(path, mode: 0o700)
    }

    /// Makes the folder of all data, where it is missing: others may pass through, as the private cluster's user must,
    /// and see nothing.
    static func makeDataFolder(_ path: String) throws {
        try makeFolder(path, mode: 0o711)
    }

    private static func makeFolder(_ path: String, mode: Int) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    }

    /// Writes a file with mode 0600 in the place of one that may be there, in one step: a reader finds the old text or
    /// the new one.
    static func replace(_ text: String, at path: String) throws {
        let draft = path + ".new"
        unlink(draft)
        try write(text, to: draft)
        guard rename(draft, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    /// Writes a new file with mode 0600, which it has from its first byte on; a file that exists is left alone.
    ///
    /// - Throws: `POSIXError`, or what writing throws; a half-written file does not stay.
    static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(text.utf8))
            try file.synchronize()
        } catch {
            unlink(path)
            throw error
        }
    }
}
