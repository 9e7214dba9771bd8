import CCrack
import Foundation
import Synchronization

/// The word list of cracklib: looked up on disk, so that its size does not matter.
final class CrackDictionary: Sendable {
    /// libcrack keeps no longer words.
    private static let longestWordBytes = Int(MAXWORDLEN) - 1

    // libcrack's handle moves a file position, and libcrack knows one open dictionary per process: the lock serves one
    // question at a time.
    private let handle: Mutex<UnsafeMutablePointer<PWDICT>>

    /// The dictionary that the system's cracklib was built to use; `nil` where it is not installed.
    static func system() -> CrackDictionary? {
        guard let path = GetDefaultCracklibDict() else { return nil }
        return CrackDictionary(path: String(cString: path))
    }

    /// - Parameter path: without the endings `.pwd`, `.pwi` and `.hwm` of its files.
    init?(path: String) {
        // Asked before, because libcrack writes to standard error where a file is missing.
        guard ["pwd", "pwi"].allSatisfy({ FileManager.default.isReadableFile(atPath: "\(path).\($0)") }) else {
            return nil
        }
        var mode: [CChar] = [CChar(UInt8(ascii: "r")), 0]
        guard let opened = PWOpen(path, &mode) else { return nil }
        handle = Mutex(opened)
    }

    deinit {
        handle.withLock { _ = PWClose($0) }
    }

    /// Whether the list holds `word`, which is in lower case.
    func contains(_ word: String) -> Bool {
        guard (1...Self.longestWordBytes).contains(word.utf8.count) else { return false }
        var characters = word.utf8CString.map { $0 }
        return handle.withLock { handle in
            FindPW(handle, &characters) < handle.pointee.header.pih_numwords
        }
    }
}
