import ArgumentParser
import Foundation
import PluginKit
import Testing

@testable import GatehouseProgram
@testable import Kernel

@Suite("Handing out new keys") final class KeyHandOutTests: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "hand-out-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func rotated(_ text: String) -> RotatedAPIKey {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        return RotatedAPIKey(
            key: .make(at: now), name: "billing", text: SecretText(text), secret: .make(at: now), expiresAt: now,
            previous: .make(at: now), previousEndsAt: now, rotation: .make(at: now))
    }

    @Test("a file has a line of JSON for each key")
    func lines() throws {
        let handOut = try KeyHandOut.open("\(folder)/keys", certificate: nil)
        let keys = [rotated("acme_live_1"), rotated("acme_live_2")]
        for key in keys { try handOut.add(key) }
        handOut.end()
        let text = try String(contentsOfFile: "\(folder)/keys", encoding: .utf8)
        let lines = try text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(lines.map { $0["key"] as? String } == ["acme_live_1", "acme_live_2"])
        #expect(lines.map { $0["key_id"] as? String } == keys.map(\.key.description))
        #expect(
            lines.first?.keys.sorted() == [
                "expires_at", "key", "key_id", "name", "previous", "rotation_id", "secret_id",
            ])
        let previous = lines.map { $0["previous"] as? [String: String] }
        #expect(previous.map { $0?["secret_id"] } == keys.map(\.previous.description))
        #expect(previous.first??.keys.sorted() == ["expires_at", "secret_id"])
    }

    @Test("a place that cannot be used is a usage error, before anything is rotated")
    func places() throws {
        #expect(throws: ExitCode.usage) { try KeyHandOut.open("\(folder)/missing/keys", certificate: nil) }
        #expect(throws: ExitCode.usage) { try KeyHandOut.open("\(folder)/sealed", certificate: "\(folder)/missing") }
        try Data("no certificate".utf8).write(to: URL(filePath: "\(folder)/text"))
        #expect(throws: ExitCode.usage) { try KeyHandOut.open("\(folder)/sealed", certificate: "\(folder)/text") }
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/sealed"))
    }
}
