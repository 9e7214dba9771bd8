import Foundation

/// Drives the server with wrk, from one thread over connections that are kept.
struct LoadGenerator {
    /// Where the `.lua` files are.
    let scripts: URL
    let issuer: URL
    /// Where the people are written down.
    let folder: URL
    let seconds: Int

    enum Pace: String {
        /// Each connection sends as soon as it was answered.
        case flood
        /// Each connection rests between two requests, as `shared.lua` says.
        case paced
    }

    /// What wrk's script prints at the end.
    private struct Summary: Decodable {
        let requests: Int
        let seconds: Double
        let p50Milliseconds: Double
        let p99Milliseconds: Double
        let errors: Int
    }

    /// Runs one script.
    ///
    /// - Throws: ``BenchmarkError`` where any request failed, since refusals are quick and would pass for speed.
    func run(_ script: String, connections: Int, _ pace: Pace = .flood) async throws -> Figures {
        let wrk = Subprocess(
            name: "wrk",
            arguments: [
                "--threads", "1", "--connections", "\(connections)", "--duration", "\(seconds)s", "--timeout", "10s",
                "--script", script, issuer.absoluteString, "--", folder.path(percentEncoded: false), pace.rawValue,
            ],
            folder: scripts)
        let output = try await wrk.output()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let last = output.split(separator: "\n").last ?? ""
        let summary = try decoder.decode(Summary.self, from: Data(last.utf8))
        guard summary.errors == 0, summary.requests > 0 else {
            throw BenchmarkError("\(script): \(summary.errors) of \(summary.requests) requests failed")
        }
        return Figures(
            ratePerSecond: Double(summary.requests) / summary.seconds, p50Milliseconds: summary.p50Milliseconds,
            p99Milliseconds: summary.p99Milliseconds)
    }
}
