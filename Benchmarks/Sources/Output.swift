import Foundation

/// Where the program speaks: the result on standard output, what it is doing on standard error.
enum Output {
    static func show(_ text: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    }

    static func tell(_ text: String) {
        // Nothing depends on what is only told.
        try? FileHandle.standardError.write(contentsOf: Data(("==> " + text + "\n").utf8))
    }
}

/// Why there is no figure: what was being done, and what came instead.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
