import Foundation

/// The files and folders of the host that one tenant's document may name.
///
/// Two rules hold. What the document says must lie in a folder that is allowed to it, which is decided on the text and
/// touches nothing, so that nobody learns what is there. And what it leads to, after all links, must lie there as well and
/// must have nothing to do with the folders that the process keeps for itself; folders are compared by what they are, one
/// by one up to the root, and not by their names. Whatever cannot be decided is refused.
public struct HostFiles: Sendable {
    /// A folder that no tenant's document ever reaches.
    public struct KeptFolder: Sendable {
        let path: String
        let isWhole: Bool

        /// - Parameter isWhole: whether everything beneath it is kept as well, and not its own files alone.
        public init(_ path: String, isWhole: Bool = true) {
            self.path = path
            self.isWhole = isWhole
        }
    }

    private let allowed: [String]?
    private let kept: [KeptFolder]
    private let remedy: String

    /// - Parameters:
    ///   - allowed: the folders within which a document may name files and folders; `nil` for any.
    ///   - remedy: how another folder is allowed.
    public init(allowed: [String]?, kept: [KeptFolder] = [], remedy: String = "") {
        self.allowed = allowed
        self.kept = kept
        self.remedy = remedy
    }

    /// The file that a document names. Nothing is read yet; where it is there, it is checked already.
    ///
    /// - Parameter setting: the setting that names it.
    public func file(_ path: String, setting: String) throws(HostRefusal) -> HostFile {
        try checkText(path, setting: setting)
        let file = HostFile(path: path, setting: setting, files: self)
        try Self.refusing { () throws(FileProblem) in _ = try file.openFolder() }
        return file
    }

    /// The folder that a document names. Nothing is read yet; where it is there, it is checked already.
    ///
    /// - Parameter standard: a folder that every document may name, as the setting's default does.
    public func folder(_ path: String, setting: String, standard: String? = nil) throws(HostRefusal) -> HostFolder {
        let isStandard = standard.map { PathText($0) == PathText(path) } ?? false
        if !isStandard { try checkText(path, setting: setting) }
        let folder = HostFolder(path: path, setting: setting, files: self, isStandard: isStandard)
        try folder.check()
        return folder
    }

    // MARK: What the document says

    private func checkText(_ path: String, setting: String) throws(HostRefusal) {
        guard let allowed else { return }
        guard let text = PathText(path), allowed.contains(where: { PathText($0)?.holds(text) == true }) else {
            throw outside(setting)
        }
    }

    private func outside(_ setting: String) -> HostRefusal {
        HostRefusal(
            setting: setting, reason: "must lie in a folder that documents over the API may name files of",
            remedy: remedy)
    }

    // MARK: What it leads to

    /// Whether an open folder is one that the document may reach.
    ///
    /// - Parameters:
    ///   - isNamed: whether the document names the folder itself, which must hold none that is kept then.
    ///   - isStandard: whether it is allowed to every document.
    func check(
        _ folder: borrowing OpenFile, setting: String, isNamed: Bool, isStandard: Bool
    ) throws(FileProblem) {
        let lineage = try folder.lineage()
        for place in kept {
            guard let other = try Self.lineage(of: place.path) else { continue }
            let isInside = place.isWhole ? lineage.contains(other[0]) : lineage[0] == other[0]
            guard !isInside, !(isNamed && other.contains(lineage[0])) else {
                throw .refused(
                    HostRefusal(
                        setting: setting,
                        reason: "leads to a folder that the server keeps for itself, or to one around it",
                        remedy: "name a folder that has nothing to do with those of --data and --secrets"))
            }
        }
        guard let allowed, !isStandard else { return }
        for path in allowed {
            if let root = try Self.lineage(of: path)?.first, lineage.contains(root) { return }
        }
        throw .refused(outside(setting))
    }

    /// `nil` for a folder that is not there.
    private static func lineage(of path: String) throws(FileProblem) -> [FolderIdentity]? {
        do throws(FileProblem) {
            return try OpenFile(directory: path).lineage()
        } catch .missing {
            return nil
        }
    }

    /// Lets refusals through; whatever else is wrong with a file is told to whoever reads it.
    static func refusing(_ body: () throws(FileProblem) -> Void) throws(HostRefusal) {
        do throws(FileProblem) {
            try body()
        } catch .refused(let refusal) {
            throw refusal
        } catch {}
    }
}

/// A path as its text reads: absolute, by its parts, with nothing looked up.
private struct PathText: Equatable {
    private let parts: [Substring]

    /// `nil` for a path that goes back up, or that cannot be one.
    init?(_ path: String) {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        let whole = isAbsolute ? path : FileManager.default.currentDirectoryPath + "/" + path
        parts = whole.split(separator: "/").filter { $0 != "." }
        guard !path.isEmpty, !path.utf8.contains(0), !parts.contains("..") else { return nil }
    }

    func holds(_ other: PathText) -> Bool { other.parts.starts(with: parts) }
}
