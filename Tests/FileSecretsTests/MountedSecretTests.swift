import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import FileSecrets

@Suite("Secrets that Kubernetes mounts")
struct MountedSecretTests {
    private let folder: SecretFolder
    private let volume: MountedVolume

    init() throws {
        folder = try SecretFolder()
        volume = MountedVolume(at: folder.root)
    }

    @Test("a mounted secret is read, and a swap of the volume is seen at once")
    func swap() async throws {
        let secrets = try folder.secrets()
        try volume.mount(["pepper": "one", "salt": "white"])
        let first = try #require(try await secrets.resolve("pepper"))
        #expect(first.text == "one")
        #expect(first.changedAt != nil)
        #expect(try await secrets.resolve("salt")?.text == "white")
        #expect(try await secrets.resolve("other") == nil)
        try volume.mount(["pepper": "two", "salt": "white"])
        let second = try #require(try await secrets.resolve("pepper"))
        #expect(second.text == "two")
        #expect(second.version != first.version)
    }

    @Test("whoever reads while volumes are swapped gets one of the values whole, and the last in the end")
    func swapWhileRead() async throws {
        let path = folder.root.path
        try volume.mount(["pepper": value(0)])
        let looks = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 { group.addTask { try await readUntilCancelled(path) } }
            for round in 1...300 {
                try volume.mount(["pepper": value(round)])
                await Task.yield()
            }
            group.cancelAll()
            return try await group.reduce(0, +)
        }
        #expect(looks > 0)
        #expect(try SecretFile.read("pepper", of: HostFolder(ownedByProcess: path)).text == value(300))
    }

    private func value(_ round: Int) -> String { String(repeating: "\(round % 10)", count: 30_000) }

    /// How often the secret was read; each time it must be one value as a whole.
    private func readUntilCancelled(_ path: String) async throws -> Int {
        var looks = 0
        while !Task.isCancelled {
            let text = try SecretFile.read("pepper", of: HostFolder(ownedByProcess: path)).text
            #expect(text.utf8.count == 30_000 && Set(text.utf8).count == 1)
            looks += 1
            await Task.yield()
        }
        return looks
    }

    @Test("what fails because the volume was swapped meanwhile is read again, and what fails otherwise is not")
    func swapInTheMiddle() throws {
        let secret = ResolvedSecret(value: SecretBytes([1]), version: "1")
        var looks = ["..21", "..22", "..23"]
        let found = try MountedSecret.settled(current: { looks.removeFirst() }) { generation throws(FileProblem) in
            guard generation == "..23" else { throw generation == "..21" ? .missing : .changing }
            return secret
        }
        #expect(found.version == "1")

        var reads = 0
        #expect(throws: FileProblem.missing) {
            try MountedSecret.settled(current: { "..21" }) { _ throws(FileProblem) in
                reads += 1
                throw .missing
            }
        }
        #expect(reads == 1)
    }

    @Test("a volume that is swapped without end is given up")
    func endlessSwap() {
        var count = 0
        let next: () -> String = {
            count += 1
            return "..2\(count)"
        }
        #expect(throws: FileProblem.missing) {
            try MountedSecret.settled(current: next) { _ throws(FileProblem) in throw .missing }
        }
        #expect(count < 20)
    }

    @Test("a value that was good is kept while its name is gone from the volume")
    func goneFromVolume() async throws {
        let clock = FixedClock()
        let secrets = try folder.secrets(clock: clock)
        try volume.mount(["pepper": "one"])
        #expect(try await secrets.resolve("pepper")?.text == "one")
        try volume.mount([:] as [String: String])
        let kept = try #require(try await secrets.resolve("pepper"))
        #expect(kept.text == "one")
        #expect(kept.unconfirmedSince == clock.now)
    }

    @Test(
        "a mounted file that others may use is refused, with the setting that mends it",
        arguments: [0o440, 0o640, 0o644])
    func openFile(mode: Int) async throws {
        try volume.mount(["pepper": "canary-value"], mode: mode)
        let problem = try await problem("pepper")
        #expect(problem.contains("mode \(String(mode, radix: 8))"))
        #expect(problem.contains("defaultMode: 0400"))
        #expect(!problem.contains("canary"))
    }

    @Test(
        "a name that leads anywhere else is refused",
        arguments: [
            "..data/other", "..data/pepper/", "..data//pepper", "./..data/pepper", "..data/../outside", "outside",
            "pepper",
            "/etc/hostname", "..2026_10_02_12_00_00.100000001/pepper", "../pepper", "..data/./pepper", "..DATA/pepper",
            "..data",
        ])
    func strangeName(text: String) async throws {
        try volume.mount(["pepper": "secret", "other": "secret"])
        try folder.write("outside", "secret")
        try volume.link("pepper", to: text)
        #expect(try await problem("pepper").contains("is a link"))
    }

    @Test(
        "a folder of the day by any other name is refused",
        arguments: [
            "..1999_01_01", "2026", ".2026", "..", ".", "..2026/", "..2026/inner", "/tmp", "../..2026", "..2026 x",
            "..data",
            "..2026\u{e9}", "..2" + String(repeating: "0", count: 80),
        ])
    func strangeFolder(text: String) async throws {
        try volume.mount(["pepper": "secret"])
        let generation = try #require(volume.generation)
        let folderName = text.hasSuffix("/") ? String(text.dropLast()) : text
        if !folderName.contains("/"), !["..", ".", "..data"].contains(folderName) {
            try FileManager.default.copyItem(atPath: volume.path(generation), toPath: volume.path(folderName))
        }
        try volume.link("..data", to: text)
        #expect(try await problem("pepper").contains("is a link"))
    }

    @Test("a further link is refused: in place of the folder of the day, and of the file in it")
    func furtherLinks() async throws {
        try volume.mount(["pepper": "secret"])
        let generation = try #require(volume.generation)
        try volume.link("..2027", to: generation)
        try volume.link("..data", to: "..2027")
        #expect(try await problem("pepper").contains("is a link"))

        try volume.mount(["pepper": "secret"])
        try folder.write("outside", "secret")
        try volume.link("\(try #require(volume.generation))/pepper", to: "../outside")
        #expect(try await problem("pepper").contains("is a link"))
    }

    @Test("a folder in place of ..data is refused, and a missing one holds nothing new")
    func strangeData() async throws {
        try volume.mount(["pepper": "secret"])
        unlink(volume.path("..data"))
        #expect(try await problem("pepper").contains("is a link"))
        try FileManager.default.createDirectory(atPath: volume.path("..data"), withIntermediateDirectories: false)
        try folder.write("..data/pepper", "secret")
        #expect(try await problem("pepper").contains("is a link"))
    }

    @Test("a folder of the day that belongs to somebody else is refused", .enabled(if: geteuid() == 0))
    func foreignFolder() async throws {
        try volume.mount(["pepper": "secret"])
        #expect(chown(volume.path(try #require(volume.generation)), 65_534, 65_534) == 0)
        #expect(try await problem("pepper").contains("another user"))
    }

    @Test("a pipe and a folder in the layout are refused without waiting")
    func unfitFiles() async throws {
        try volume.mount(["pipe": "x", "folder": "x"])
        let generation = try #require(volume.generation)
        for name in ["pipe", "folder"] { unlink(volume.path("\(generation)/\(name)")) }
        #expect(mkfifo(volume.path("\(generation)/pipe"), 0o400) == 0)
        #expect(mkdir(volume.path("\(generation)/folder"), 0o700) == 0)
        for name in ["pipe", "folder"] { #expect(try await problem(name) != "", "\(name)") }
    }

    /// Why a secret cannot be had.
    private func problem(_ name: String) async throws -> String {
        let secrets = try folder.secrets()
        let error = await #expect(throws: SecretBackendError.self) { try await secrets.resolve(name) }
        return error?.description ?? ""
    }
}
