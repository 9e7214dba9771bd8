import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import FileSecrets

@Suite("Secrets from files")
struct FileSecretsTests {
    private let folder: SecretFolder

    init() throws {
        folder = try SecretFolder()
    }

    @Test(
        "a secret is the file's bytes without one trailing newline",
        arguments: [
            ("secret", "secret"), ("secret\n", "secret"), ("secret\n\n", "secret\n"), ("\nsecret", "\nsecret"),
            ("a\r\n", "a\r"),
        ])
    func trailingNewline(contents: String, expected: String) async throws {
        try folder.write("pepper", contents)
        #expect(try await text("pepper") == expected)
    }

    @Test("an empty file counts as absent", arguments: ["", "\n"])
    func emptyFile(contents: String) async throws {
        try folder.write("pepper", contents)
        #expect(try await text("pepper") == nil)
    }

    @Test("a file that others may use is refused", arguments: [0o640, 0o604, 0o620, 0o602, 0o610, 0o677])
    func openFile(mode: Int) async throws {
        try folder.write("pepper", "secret", mode: mode)
        await #expect(throws: SecretBackendError.self) { try await text("pepper") }
    }

    @Test("a link to a good file is refused, and its target is not read")
    func linkedFile() async throws {
        let target = try folder.write("target", "secret")
        try FileManager.default.createSymbolicLink(at: folder.url("link"), withDestinationURL: target)
        await #expect(throws: SecretBackendError.self) { try await text("link") }
    }

    @Test("a folder, a pipe and a file that is too large are refused without waiting")
    func unfitFiles() async throws {
        try FileManager.default.createDirectory(at: folder.url("folder"), withIntermediateDirectories: false)
        #expect(mkfifo(folder.url("pipe").path, 0o600) == 0)
        try folder.write("large", String(repeating: "x", count: SecretFile.maximumSizeBytes + 1))
        for name in ["folder", "pipe", "large"] {
            await #expect(throws: SecretBackendError.self, "\(name)") { try await text(name) }
        }
        try folder.write("largest", String(repeating: "x", count: SecretFile.maximumSizeBytes))
        #expect(try await text("largest")?.utf8.count == SecretFile.maximumSizeBytes)
    }

    @Test("a missing folder holds no secrets")
    func missingFolder() async throws {
        let secrets = try FileSecrets(
            place: HostFolder(ownedByProcess: folder.root.path), folder: "nobody", logger: CapturedLog().logger,
            now: FixedClock().reading)
        #expect(try await secrets.resolve("pepper") == nil)
    }

    @Test("an error names the secret and the remedy, never the value")
    func silentError() async throws {
        try folder.write("pepper", "canary-value", mode: 0o644)
        let error = await #expect(throws: SecretBackendError.self) { try await text("pepper") }
        let description = try #require(error?.description)
        #expect(description.contains("file:pepper"))
        #expect(description.contains("chmod 600"))
        #expect(!description.contains("canary"))
    }

    @Test("a change is seen at once, in place and by renaming")
    func liveChange() async throws {
        let secrets = try folder.secrets()
        for (index, value) in ["one", "two", "six", "ten"].enumerated() {
            if index.isMultiple(of: 2) {
                try folder.write("pepper", value)
            } else {
                try folder.replace("pepper", value)
            }
            #expect(try await secrets.resolve("pepper")?.text == value)
        }
    }

    @Test("a value that was good is kept while its file is unfit, and the log tells each change once")
    func lastGoodValue() async throws {
        let log = CapturedLog()
        let secrets = try folder.secrets(logger: log.logger)
        try folder.write("pepper", "canary-value")
        #expect(try await secrets.resolve("pepper")?.text == "canary-value")

        try FileManager.default.removeItem(at: folder.url("pepper"))
        for _ in 0..<3 { #expect(try await secrets.resolve("pepper")?.text == "canary-value") }
        try folder.write("pepper", "other-value", mode: 0o644)
        for _ in 0..<3 { #expect(try await secrets.resolve("pepper")?.text == "canary-value") }
        try folder.write("pepper", "other-value")
        for _ in 0..<3 { #expect(try await secrets.resolve("pepper")?.text == "other-value") }

        #expect(log.lines.map { $0.prefix(7) } == ["warning", "warning", "notice "])
        #expect(!log.lines.contains { $0.contains("-value") })
    }

    @Test("a value came to be when its file was written, and is unconfirmed since its file could not be read")
    func times() async throws {
        let clock = FixedClock()
        let written = Date(timeIntervalSince1970: 1_700_000_000)
        let secrets = try folder.secrets(clock: clock)
        let url = try folder.write("pepper", "secret")
        try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: url.path)
        #expect(try await secrets.resolve("pepper")?.changedAt == written)
        #expect(try await secrets.resolve("pepper")?.unconfirmedSince == nil)

        let lost = clock.now
        try FileManager.default.removeItem(at: url)
        #expect(try await secrets.resolve("pepper")?.unconfirmedSince == lost)
        clock.advance(by: .seconds(60))
        try folder.write("pepper", "secret", mode: 0o644)
        let unfit = try #require(try await secrets.resolve("pepper"))
        #expect(unfit.unconfirmedSince == lost)
        #expect(unfit.changedAt == written)

        try folder.write("pepper", "other")
        #expect(try await secrets.resolve("pepper")?.unconfirmedSince == nil)
        try FileManager.default.removeItem(at: url)
        #expect(try await secrets.resolve("pepper")?.unconfirmedSince == clock.now)
    }

    @Test("names are plain names of files")
    func names() {
        for good in ["pepper", "a", "A-b_c.d", "0", String(repeating: "a", count: 64)] {
            #expect(FileSecretsProvider.nameProblem(good) == nil, "\(good)")
        }
        for bad in ["", ".", "..", ".hidden", "a/b", "a\u{0}", "a b", "ä", String(repeating: "a", count: 65)] {
            #expect(FileSecretsProvider.nameProblem(bad) != nil, "\(bad)")
        }
    }

    private func text(_ name: String) async throws -> String? {
        try await folder.secrets().resolve(name)?.text
    }
}
