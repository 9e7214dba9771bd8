import Foundation

/// A file of the host that a document may name, to be read as often as it is needed. Each reading checks anew.
public struct HostFile: Sendable {
    public let path: String
    let setting: String
    let files: HostFiles

    /// The most that a file may hold which is no secret.
    private static let maximumSizeBytes = 1 << 20

    /// A secret without one trailing newline, from a file that nobody else can have put there.
    ///
    /// A plain file, no link, usable by its owner alone, who is this process's user or root, of 64 KiB at most. Of the
    /// links that Kubernetes makes in a volume exactly its own layout is followed; such a file may be read by others, as
    /// the token of a service account is, but not written.
    ///
    /// - Throws: what keeps it from being read, without its contents.
    public func secret() throws -> SecretBytes {
        let folder = try openFolder()
        return try SecretFile.read(parts.name, from: folder, mayBeReadByAll: true).value
    }

    /// The bytes of a regular file that may be reached through links, such as certificates; 1 MiB at most.
    ///
    /// - Throws: what keeps it from being read, without its contents.
    public func contents() throws -> [UInt8] {
        let real = HostFile(path: try Self.resolved(path), setting: setting, files: files)
        let file = try real.openFolder().open(real.parts.name, O_NONBLOCK)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw FileProblem.notPlain }
        return try file.read(atMost: Self.maximumSizeBytes)
    }

    /// The folder that holds the file, which may be reached through links and is checked where it lies.
    func openFolder() throws(FileProblem) -> OpenFile {
        let folder = try OpenFile(directory: parts.folder)
        try files.check(folder, setting: setting, isNamed: false, isStandard: false)
        return folder
    }

    private var parts: (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// Where a file lies after all links.
    private static func resolved(_ path: String) throws(FileProblem) -> String {
        guard let real = realpath(path, nil) else {
            if errno == ENOENT { throw .missing }
            throw .unreadable(errno: errno)
        }
        defer { free(real) }
        return String(cString: real)
    }
}
