/// What keeps a file from being read as a secret, and what to do about it.
package enum FileProblem: Error, Equatable {
    case missing
    case empty
    /// A link, a folder, a device or a pipe where a plain file or folder belongs.
    case notPlain
    case tooOpen(mode: UInt32)
    /// As ``tooOpen(mode:)``, of a file that Kubernetes has mounted.
    case mountTooOpen(mode: UInt32)
    case foreign
    case tooLarge
    case changing
    case unreadable(errno: Int32)
    /// The file or folder is none that the document may name.
    case refused(HostRefusal)

    /// Whether there is no secret, rather than one that cannot be had.
    package var meansAbsent: Bool { self == .missing || self == .empty }
}

extension FileProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "the file does not exist"
        case .empty: "the file is empty"
        case .notPlain: "it is a link or not a plain file in a plain folder; put the file itself there"
        case .tooOpen(let mode): "others may use the file (mode \(String(mode, radix: 8))); run chmod 600 or 400"
        case .mountTooOpen(let mode):
            "others may use the mounted file (mode \(String(mode, radix: 8))); set `defaultMode: 0400` for the volume, "
                + "and no `fsGroup` for the pod"
        case .foreign: "the file belongs to another user; make this process's user its owner"
        case .tooLarge: "the file is larger than \(SecretFile.maximumSizeBytes) bytes"
        case .changing: "the file changed while it was read; replace it by renaming a finished one"
        case .unreadable(let errno): "the system refuses to read the file (errno \(errno))"
        case .refused(let refusal): "\(refusal)"
        }
    }
}
