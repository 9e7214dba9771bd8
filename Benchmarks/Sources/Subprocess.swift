import Foundation

/// Another program that is run to its end.
struct Subprocess {
    let name: String
    let arguments: [String]
    /// Where it runs; its own files are named from there.
    let folder: URL
    /// Beyond this a program hangs, and is ended.
    var longestRunSeconds = 120

    /// What the program said on standard output, which must be short: nobody reads before it ends.
    ///
    /// - Throws: ``BenchmarkError`` where it ended with another status than 0.
    func output() async throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // A thread of the concurrency runtime blocks signals, and a child inherits that: pgbench would wait for its
        // alarm for ever. Resetting all signals undoes it.
        process.arguments = ["--default-signal", "timeout", "\(longestRunSeconds)", name] + arguments
        process.currentDirectoryURL = folder
        process.standardOutput = pipe
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        guard status == 0 else { throw BenchmarkError("\(name) ended with status \(status)") }
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
}
