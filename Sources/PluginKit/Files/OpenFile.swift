package import Foundation

/// An open file or folder, closed when it goes out of scope. Nothing is opened through a link, but where it says so.
package struct OpenFile: ~Copyable {
    private let descriptor: Int32

    /// Opens the folder at `path`, which may lead through links.
    package init(directory path: String) throws(FileProblem) {
        try self.init(descriptor: Self.open(O_DIRECTORY) { flags in openat(AT_FDCWD, path, flags) })
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens what is called `name` in this folder.
    ///
    /// - Throws: ``FileProblem/notPlain`` for a link.
    package borrowing func open(_ name: String, _ flags: Int32) throws(FileProblem) -> OpenFile {
        let descriptor = descriptor
        return OpenFile(descriptor: try Self.open(flags | O_NOFOLLOW) { flags in openat(descriptor, name, flags) })
    }

    /// What the link `name` in this folder says; `nil` for anything that is no link, or a longer one than any of ours.
    package borrowing func link(_ name: String) -> [UInt8]? {
        let limit = 512
        let descriptor = descriptor
        var count = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            count = buffer.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlinkat(descriptor, name, $0, limit) } ?? -1
            }
            filled = max(0, count)
        }
        return (0..<limit).contains(count) ? bytes : nil
    }

    package borrowing func status() throws(FileProblem) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(errno: errno) }
        return status
    }

    /// Which folder this is, then the one that holds it, and so on up to the root: as they lie, whatever links led here.
    borrowing func lineage() throws(FileProblem) -> [FolderIdentity] { try FolderIdentity.lineage(at: descriptor) }

    /// The whole contents.
    ///
    /// - Throws: ``FileProblem/tooLarge`` where there is more than `limit`.
    package borrowing func read(atMost limit: Int) throws(FileProblem) -> [UInt8] {
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
