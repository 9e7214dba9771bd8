import Foundation

/// Reads a secret from a file, trusting nothing that others could have put there.
///
/// No link is followed, but for those of exactly one layout: see ``MountedSecret``.
package enum SecretFile {
    package static let maximumSizeBytes = 64 * 1024

    /// The contents of the file `name` without one trailing newline.
    ///
    /// The names are looked up beneath `place` one by one; a link in the place of the folder is refused.
    package static func read(
        _ name: String, in folder: String? = nil, of place: HostFolder
    ) throws(FileProblem) -> ResolvedSecret {
        let base = try place.open()
        guard let folder else { return try read(name, from: base) }
        return try read(name, from: try base.open(folder, O_DIRECTORY))
    }

    /// The same, of an open folder.
    ///
    /// - Parameter mayBeReadByAll: whether others may read it, though not write it, where Kubernetes has mounted it.
    static func read(
        _ name: String, from folder: borrowing OpenFile, mayBeReadByAll: Bool = false
    ) throws(FileProblem) -> ResolvedSecret {
        // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        do throws(FileProblem) {
            return try contents(of: try folder.open(name, O_NONBLOCK))
        } catch .notPlain where MountedSecret.isLink(name, in: folder) {
            return try MountedSecret.read(name, in: folder, mayBeReadByAll: mayBeReadByAll)
        }
    }

    /// Whether a byte may stand in the name of a secret's file.
    package static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The secret that an open file holds.
    static func contents(
        of file: borrowing OpenFile, mayBeReadByAll: Bool = false
    ) throws(FileProblem) -> ResolvedSecret {
        let before = try file.status()
        try check(before, unwanted: mayBeReadByAll ? 0o022 : 0o077)
        var bytes = try file.read(atMost: maximumSizeBytes)
        let after = try file.status()
        guard before.isSame(as: after), bytes.count == Int(after.st_size) else { throw .changing }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw .empty }
        return ResolvedSecret(value: SecretBytes(bytes), version: after.version, changedAt: after.changedAt)
    }

    private static func check(_ status: stat, unwanted: mode_t) throws(FileProblem) {
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notPlain }
        guard status.st_mode & unwanted == 0 else { throw .tooOpen(mode: UInt32(status.st_mode & 0o777)) }
        guard status.belongsToUs else { throw .foreign }
        guard status.st_size <= maximumSizeBytes else { throw .tooLarge }
    }
}

extension stat {
    /// Whether it belongs to this process's user, or to root.
    var belongsToUs: Bool { st_uid == geteuid() || st_uid == 0 }

    /// Whether nothing was written between this look at the file and the other.
    fileprivate func isSame(as other: stat) -> Bool {
        version == other.version && st_size == other.st_size
    }

    /// Tells one state of the file from the next: which file it is, and when it and its description last changed.
    fileprivate var version: String {
        "\(st_ino)-\(written.tv_sec).\(written.tv_nsec)-\(described.tv_sec).\(described.tv_nsec)"
    }

    fileprivate var changedAt: Date {
        Date(timeIntervalSince1970: TimeInterval(written.tv_sec) + TimeInterval(written.tv_nsec) / 1e9)
    }

    #if canImport(Darwin)
        private var written: timespec { st_mtimespec }
        private var described: timespec { st_ctimespec }
    #else
        private var written: timespec { st_mtim }
        private var described: timespec { st_ctim }
    #endif
}
