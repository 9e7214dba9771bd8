import PluginKit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a secret from a file, following no link and trusting nothing that others could have put there.
enum SecretFile {
    static let maximumSizeBytes = 64 * 1024

    /// The contents of the file `name` without one trailing newline.
    ///
    /// The names are looked up beneath `directory` one by one; a link in the place of the folder or the file is refused.
    static func read(_ name: String, in folder: String?, of directory: String) throws(FileProblem) -> ResolvedSecret {
        let base = try OpenFile(directory: directory)
        guard let folder else { return try read(name, from: base) }
        return try read(name, from: try base.open(folder, O_DIRECTORY))
    }

    private static func read(_ name: String, from folder: borrowing OpenFile) throws(FileProblem) -> ResolvedSecret {
        // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        let file = try folder.open(name, O_NONBLOCK)
        let before = try file.status()
        try check(before)
        var bytes = try file.read(atMost: maximumSizeBytes)
        let after = try file.status()
        guard before.isSame(as: after), bytes.count == Int(after.st_size) else { throw .changing }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw .empty }
        return ResolvedSecret(value: SecretBytes(bytes), version: after.version)
    }

    private static func check(_ status: stat) throws(FileProblem) {
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notPlain }
        guard status.st_mode & 0o077 == 0 else { throw .tooOpen(mode: UInt32(status.st_mode & 0o777)) }
        guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .foreign }
        guard status.st_size <= maximumSizeBytes else { throw .tooLarge }
    }
}

/// An open file or folder, closed when it goes out of scope.
private struct OpenFile: ~Copyable {
    private let descriptor: Int32

    init(directory path: String) throws(FileProblem) {
        try self.init(descriptor: Self.open(O_DIRECTORY) { flags in openat(AT_FDCWD, path, flags) })
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens what is called `name` in this folder, unless it is a link.
    borrowing func open(_ name: String, _ flags: Int32) throws(FileProblem) -> OpenFile {
        let descriptor = descriptor
        return OpenFile(descriptor: try Self.open(flags | O_NOFOLLOW) { flags in openat(descriptor, name, flags) })
    }

    borrowing func status() throws(FileProblem) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(errno: errno) }
        return status
    }

    /// The whole contents.
    ///
    /// - Throws: ``FileProblem/tooLarge`` where there is more than `limit`.
    borrowing func read(atMost limit: Int) throws(FileProblem) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let next = try part(at: bytes.count, count: limit + 1 - bytes.count)
            if next.isEmpty { return bytes }
            bytes += next
        }
        throw .tooLarge
    }

    /// What stands at `position`, up to `count` bytes; empty at the end of the file.
    private borrowing func part(at position: Int, count: Int) throws(FileProblem) -> [UInt8] {
        let descriptor = descriptor
        var got = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat {
                got = pread(descriptor, buffer.baseAddress, count, off_t(position))
            } while got < 0 && errno == EINTR
            filled = max(0, got)
        }
        guard got >= 0 else { throw .unreadable(errno: errno) }
        return bytes
    }

    private static func open(_ flags: Int32, _ call: (Int32) -> Int32) throws(FileProblem) -> Int32 {
        let descriptor = call(O_RDONLY | O_CLOEXEC | flags)
        guard descriptor < 0 else { return descriptor }
        switch errno {
        case ENOENT: throw .missing
        case ELOOP, ENOTDIR: throw .notPlain
        default: throw .unreadable(errno: errno)
        }
    }
}

extension stat {
    /// Whether nothing was written between this look at the file and the other.
    fileprivate func isSame(as other: stat) -> Bool {
        version == other.version && st_size == other.st_size
    }

    /// Tells one state of the file from the next: which file it is, and when it and its description last changed.
    fileprivate var version: String {
        #if canImport(Darwin)
            let (written, changed) = (st_mtimespec, st_ctimespec)
        #else
            let (written, changed) = (st_mtim, st_ctim)
        #endif
        return "\(st_ino)-\(written.tv_sec).\(written.tv_nsec)-\(changed.tv_sec).\(changed.tv_nsec)"
    }
}
