/// A folder of the host that a document may name.
public struct HostFolder: Sendable {
    public let path: String
    private let setting: String
    private let files: HostFiles
    private let isStandard: Bool

    init(path: String, setting: String, files: HostFiles, isStandard: Bool) {
        self.path = path
        self.setting = setting
        self.files = files
        self.isStandard = isStandard
    }

    /// A folder of the process's own, which it may keep what it likes in.
    package init(ownedByProcess path: String) {
        self.init(path: path, setting: "", files: HostFiles(allowed: nil), isStandard: true)
    }

    /// Whether the folder is still one that the document may name; one that is not there is.
    public func check() throws(HostRefusal) {
        try HostFiles.refusing { () throws(FileProblem) in _ = try open() }
    }

    /// Opens the folder, which may be reached through links and is checked where it lies.
    func open() throws(FileProblem) -> OpenFile {
        let folder = try OpenFile(directory: path)
        try files.check(folder, setting: setting, isNamed: true, isStandard: isStandard)
        return folder
    }
}
