import Foundation

/// Another program that goes on until it is told to stop, and says in one line of standard output when it is ready.
struct RunningProgram {
    private let process = Process()
    private let output = Pipe()
    private let log: URL

    /// Starts the program for `body`, which gets its line, and stops it again.
    ///
    /// - Parameter log: a file for what it says on standard error.
    static func use<Value>(
        _ path: String, _ arguments: [String], log: URL, _ body: (_ line: String) async throws -> Value
    ) async throws -> Value {
        try await use(path, arguments, log: log) { _, line in try await body(line) }
    }

    /// The same, for whoever looks at the program itself.
    static func use<Value>(
        _ path: String, _ arguments: [String], log: URL,
        _ body: (_ program: RunningProgram, _ line: String) async throws -> Value
    ) async throws -> Value {
        let program = try RunningProgram(path, arguments, log: log)
        let ended = try program.start()
        defer { program.process.terminate() }
        let value = try await body(program, try await program.line())
        program.process.terminate()
        for await _ in ended {}
        return value
    }

    private init(_ path: String, _ arguments: [String], log: URL) throws {
        self.log = log
        try Data().write(to: log)
        // As for a `Subprocess`: a child inherits the signals that a thread of the concurrency runtime blocks.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["--default-signal", path] + arguments
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: log)
    }

    /// How much memory it holds at this moment.
    func residentKiB() throws -> Double {
        // The program that resets the signals has become the one that was asked for, under the same number.
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        guard let match = status.firstMatch(of: /VmRSS:\s+([0-9]+) kB/), let kibibytes = Double(match.1) else {
            throw BenchmarkError("the system does not tell how much memory a program holds")
        }
        return kibibytes
    }

    /// The stream ends when the program does.
    private func start() throws -> AsyncStream<Void> {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        return ended
    }

    /// The first line, which a thread of its own waits for.
    private func line() async throws -> String {
        let handle = output.fileHandleForReading
        let line = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var text = Data()
                while text.last != UInt8(ascii: "\n") {
                    let more = handle.availableData
                    guard !more.isEmpty else { break }
                    text += more
                }
                continuation.resume(returning: String(decoding: text, as: UTF8.self))
            }
        }
        guard line.hasSuffix("\n") else {
            let said = try String(contentsOf: log, encoding: .utf8).suffix(2000)
            throw BenchmarkError("\(process.arguments?[1] ?? "a program") did not get ready: \(said)")
        }
        return line
    }
}
