import Foundation

/// Which folder one is, whatever it is called and however it was reached.
struct FolderIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// Deeper than any folder that anybody uses.
    private static let maximumDepth = 128

    /// The open folder first, then the one that holds it, and so on up to the root.
    static func lineage(at descriptor: Int32) throws(FileProblem) -> [FolderIdentity] {
        var found: [FolderIdentity] = []
        var path = "."
        while found.count < maximumDepth {
            let next = try FolderIdentity(of: path, from: descriptor)
            // The root holds itself.
            if found.last == next { return found }
            found.append(next)
            path += "/.."
        }
        throw .unreadable(errno: ENAMETOOLONG)
    }

    private init(of path: String, from descriptor: Int32) throws(FileProblem) {
        var status = stat()
        guard fstatat(descriptor, path, &status, 0) == 0 else { throw .unreadable(errno: errno) }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}
