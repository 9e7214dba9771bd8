import Foundation

/// Reads a secret that Kubernetes has mounted as a volume: `name` is a link to `..data/name`, and `..data` a link to
/// the folder beside it that holds the files of the day, `..2026_10_02_12_00_00.123456789`.
///
/// Neither link is followed by the system. What it says is read, is held to exactly this form, and is then opened name
/// by name in the open folder, so no link can lead out of it. Kubernetes changes all secrets of a volume at once, by
/// renaming a new `..data` over the old, and takes the old folder away; whoever reads meanwhile looks again.
package enum MountedSecret {
    private static let dataLink = "..data"
    /// A volume is swapped about once a minute, and one look takes far less than a millisecond.
    private static let maximumLooks = 8

    static func isLink(_ name: String, in folder: borrowing OpenFile) -> Bool {
        folder.link(name) != nil
    }

    static func read(
        _ name: String, in folder: borrowing OpenFile, mayBeReadByAll: Bool = false
    ) throws(FileProblem) -> ResolvedSecret {
        guard folder.link(name) == Array("\(dataLink)/\(name)".utf8) else { throw .notPlain }
        return try settled(current: { () throws(FileProblem) in try currentGeneration(in: folder) }) {
            generation throws(FileProblem) in
            try read(name, of: generation, in: folder, mayBeReadByAll: mayBeReadByAll)
        }
    }

    /// What `read` makes of the current generation; where that fails and another is current by then, of that one.
    package static func settled(
        current: () throws(FileProblem) -> String, read: (_ generation: String) throws(FileProblem) -> ResolvedSecret
    ) throws(FileProblem) -> ResolvedSecret {
        var generation = try current()
        for _ in 1..<maximumLooks {
            do throws(FileProblem) {
                return try read(generation)
            } catch {
                let next = try current()
                guard next != generation else { throw error }
                generation = next
            }
        }
        return try read(generation)
    }

    private static func read(
        _ name: String, of generation: String, in folder: borrowing OpenFile, mayBeReadByAll: Bool
    ) throws(FileProblem) -> ResolvedSecret {
        let files = try folder.open(generation, O_DIRECTORY)
        guard try files.status().belongsToUs else { throw .foreign }
        do throws(FileProblem) {
            return try SecretFile.contents(
                of: try files.open(name, O_NONBLOCK), mayBeReadByAll: mayBeReadByAll)
        } catch .tooOpen(let mode) {
            throw .mountTooOpen(mode: mode)
        }
    }

    /// The name of the folder that holds the files now.
    private static func currentGeneration(in folder: borrowing OpenFile) throws(FileProblem) -> String {
        guard let text = folder.link(dataLink), isGeneration(text) else { throw .notPlain }
        return String(decoding: text, as: UTF8.self)
    }

    /// A plain name that begins with `..2`, as a date of this millennium does behind the two dots.
    private static func isGeneration(_ text: [UInt8]) -> Bool {
        text.starts(with: "..2".utf8) && text.count <= 64 && text.allSatisfy(SecretFile.isNameByte)
    }
}
