import Foundation
import Glibc
import Synchronization

/// A file that keys are written to, which nobody but its owner may read from its first byte on.
final class KeyFile: Sendable {
    /// What went wrong with a file, in the system's words.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ path: String, _ problem: String) {
            description = "\(path): \(problem)"
        }

        init(_ path: String, _ code: POSIXErrorCode) {
            self.init(path, code == .EEXIST ? "is there already" : String(cString: strerror(code.rawValue)))
        }
    }

    static var standardOutput: KeyFile { KeyFile("standard output", STDOUT_FILENO, isNew: false) }

    private let path: String
    private let descriptor: Int32
    /// Whether it was made here and is empty still.
    private let isUnused: Mutex<Bool>
    /// Whether the last line may have been cut off by a write that failed.
    private let isTorn = Mutex(false)

    private init(_ path: String, _ descriptor: Int32, isNew: Bool) {
        self.path = path
        self.descriptor = descriptor
        isUnused = Mutex(isNew)
    }

    /// A file that was not there.
    static func new(_ path: String) throws(Failure) -> KeyFile {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(path, .lastError) }
        return KeyFile(path, descriptor, isNew: true)
    }

    /// A file that is there, or a new one. What was written is kept; a line that was cut off ends where it was.
    static func continuing(_ path: String) throws(Failure) -> KeyFile {
        let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw Failure(path, .lastError) }
            return try new(path)
        }
        let file = KeyFile(path, descriptor, isNew: false)
        do {
            try file.checkOwner()
            try file.finishLastLine()
        } catch {
            file.close()
            throw error
        }
        return file
    }

    /// Writes all of it; it is safe on the disk when this returns.
    func add(_ bytes: [UInt8]) throws(Failure) {
        try write(bytes)
        guard fsync(descriptor) == 0 else { throw Failure(path, .lastError) }
        // The name of a new file is on the disk only with its folder.
        if isUnused.withLock({ isUnused in
            defer { isUnused = false }
            return isUnused
        }) {
            try Self.synchronizeFolder(of: path)
        }
    }

    func write(_ bytes: [UInt8]) throws(Failure) {
        // What follows a write that failed must not be glued to what was left of it.
        let whole = (isTorn.withLock { $0 } ? [UInt8(ascii: "\n")] : []) + bytes
        var rest = whole[...]
        isTorn.withLock { $0 = true }
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw Failure(path, .lastError) }
            rest = rest.dropFirst(max(0, count))
        }
        isTorn.withLock { $0 = false }
    }

    /// Closes the file; a new one that is empty still is taken away.
    func close() {
        Glibc.close(descriptor)
        if isUnused.withLock({ $0 }) { unlink(path) }
    }

    private func checkOwner() throws(Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(path, .lastError) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw Failure(path, "is no file that belongs to you alone (chmod 600)")
        }
    }

    private func finishLastLine() throws(Failure) {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw Failure(path, .lastError) }
        var last = UInt8(ascii: "\n")
        if end > 0, pread(descriptor, &last, 1, end - 1) == 1, last != UInt8(ascii: "\n") {
            try write([UInt8(ascii: "\n")])
        }
    }

    private static func synchronizeFolder(of path: String) throws(Failure) {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(folder, .lastError) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure(folder, .lastError) }
    }
}

extension POSIXErrorCode {
    /// Why the last call of the system failed on this thread.
    static var lastError: POSIXErrorCode { POSIXErrorCode(rawValue: errno) ?? .EIO }
}
