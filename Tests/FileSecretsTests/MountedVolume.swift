import Foundation
import Synchronization

/// A folder laid out as Kubernetes lays out a volume of secrets.
final class MountedVolume: Sendable {
    let root: URL
    private let count = Mutex(0)

    init(at root: URL) { self.root = root }

    /// Puts exactly these secrets into the place of those before, in the order in which Kubernetes does it.
    func mount(_ secrets: [String: [UInt8]], mode: Int = 0o400) throws {
        let files = FileManager.default
        let before = generation
        let next = nextGeneration()
        try files.createDirectory(at: root.appending(path: next), withIntermediateDirectories: true)
        for (name, value) in secrets {
            let file = root.appending(path: next).appending(path: name)
            try Data(value).write(to: file)
            try files.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        }
        try link("..data_tmp", to: next)
        guard rename(path("..data_tmp"), path("..data")) == 0 else { throw CocoaError(.fileWriteUnknown) }
        for name in secrets.keys where (try? files.destinationOfSymbolicLink(atPath: path(name))) == nil {
            try link(name, to: "..data/\(name)")
        }
        for name in try files.contentsOfDirectory(atPath: root.path) where !name.hasPrefix("..") {
            if secrets[name] == nil { unlink(path(name)) }
        }
        if let before { try files.removeItem(atPath: path(before)) }
    }

    func mount(_ secrets: [String: String], mode: Int = 0o400) throws {
        try mount(secrets.mapValues { Array($0.utf8) }, mode: mode)
    }

    /// Makes a link that says `text`, in the place of what is there.
    func link(_ name: String, to text: String) throws {
        unlink(path(name))
        guard symlink(text, path(name)) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func path(_ name: String) -> String { "\(root.path)/\(name)" }

    /// The folder that holds the files now.
    var generation: String? { try? FileManager.default.destinationOfSymbolicLink(atPath: path("..data")) }

    private func nextGeneration() -> String {
        count.withLock { count in
            count += 1
            return "..2026_10_02_12_00_00.\(100_000_000 + count)"
        }
    }
}
