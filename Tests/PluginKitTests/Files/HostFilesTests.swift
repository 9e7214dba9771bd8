import Foundation
import PluginKit
import Testing

@Suite("Files of the host that a document may name") struct HostFilesTests {
    private let root: HostRoot

    init() throws {
        root = try HostRoot()
        try root.write("data/keys/key", "the key")
        try root.write("open/token", "a token")
        try root.write("elsewhere/token", "of others")
    }

    @Test("what lies in an allowed folder is read, and its white space is left to whoever reads")
    func allowed() throws {
        #expect(try read("open/token") == "a token")
        #expect(try restricted.file(root.path("open/token"), setting: "s").contents() == Array("a token".utf8))
        #expect(throws: Never.self) { try restricted.folder(root.path("open"), setting: "s") }
    }

    @Test(
        "what does not lie there as it is written is refused, and not looked at",
        arguments: [
            "elsewhere/token", "elsewhere/no-such", "data/keys/key", "open/../elsewhere/token", "opening/token", "",
        ])
    func outside(path: String) throws {
        let refusal = try #require(throws: HostRefusal.self) {
            try restricted.file(path.isEmpty ? "" : root.path(path), setting: "vault.token_file")
        }
        #expect("\(refusal)".hasPrefix("vault.token_file: must lie in a folder"))
        #expect("\(refusal)".hasSuffix("; say so"))
        #expect(!"\(refusal)".contains(root.url.lastPathComponent))
        #expect(throws: HostRefusal.self) {
            try restricted.folder(path.isEmpty ? "" : root.path(path), setting: "s")
        }
    }

    @Test("nothing is allowed where no folder is")
    func nothing() {
        let files = HostFiles(allowed: [])
        #expect(throws: HostRefusal.self) { try files.file("/etc/hostname", setting: "s") }
        #expect(throws: HostRefusal.self) { try files.folder("secrets", setting: "s") }
        #expect(throws: Never.self) { try files.folder("./secrets/", setting: "s", standard: "secrets") }
        #expect(throws: HostRefusal.self) { try files.folder("secrets/acme", setting: "s", standard: "secrets") }
    }

    @Test("a link in an allowed folder leads out of it neither as a folder nor as a file")
    func links() throws {
        try root.link("open/out", to: root.path("elsewhere"))
        try root.link("open/file", to: root.path("elsewhere/token"))
        #expect(throws: HostRefusal.self) { try restricted.file(root.path("open/out/token"), setting: "s") }
        #expect(throws: HostRefusal.self) { try restricted.folder(root.path("open/out"), setting: "s") }
        let file = try restricted.file(root.path("open/file"), setting: "s")
        #expect(throws: FileProblem.notPlain) { try file.secret() }
        #expect(throws: FileProblem.self) { try file.contents() }
    }

    @Test("a link that appears later is refused when the file is read")
    func laterLink() throws {
        let file = try restricted.file(root.path("open/later/token"), setting: "s")
        let folder = try restricted.folder(root.path("open/later"), setting: "s")
        try root.link("open/later", to: root.path("elsewhere"))
        #expect(throws: FileProblem.self) { try file.secret() }
        #expect(throws: HostRefusal.self) { try folder.check() }
    }

    @Test("the process's own folders are out of reach of every document, whatever leads there")
    func kept() throws {
        try root.link("to-data", to: root.path("data"))
        for files in [free, HostFiles(allowed: [root.url.path], kept: [.init(root.path("data"))])] {
            for path in ["data/keys/key", "data/key", "to-data/keys/key", "to-data/key"] {
                #expect(throws: HostRefusal.self, "\(path)") { try files.file(root.path(path), setting: "s") }
            }
            for path in ["data", "data/keys", "to-data/keys", "."] {
                #expect(throws: HostRefusal.self, "\(path)") { try files.folder(root.path(path), setting: "s") }
            }
            #expect(throws: Never.self) { try files.folder(root.path("elsewhere"), setting: "s") }
        }
        try root.link("elsewhere/link", to: root.path("data/keys/key"))
        let file = try free.file(root.path("elsewhere/link"), setting: "s")
        #expect(throws: FileProblem.self) { try file.contents() }
        #expect(throws: HostRefusal.self) { try free.folder(root.path("."), setting: "s", standard: root.path(".")) }
    }

    @Test("of a folder that is kept for its own files, those beneath it are not")
    func shallow() throws {
        let files = HostFiles(allowed: nil, kept: [.init(root.path("open"), isWhole: false)])
        try root.write("open/below/token", "x")
        #expect(throws: HostRefusal.self) { try files.file(root.path("open/token"), setting: "s") }
        #expect(throws: HostRefusal.self) { try files.folder(root.path("open"), setting: "s") }
        #expect(throws: Never.self) { try files.folder(root.path("open/below"), setting: "s") }
    }

    @Test("a secret's file is its owner's alone, but for a token that Kubernetes has mounted")
    func modes() throws {
        try root.write("open/loose", "x", mode: 0o644)
        #expect(throws: FileProblem.tooOpen(mode: 0o644)) { try read("open/loose") }
        try root.write("open/pod/..2026_10_02/token", "of a pod", mode: 0o644)
        try root.link("open/pod/..data", to: "..2026_10_02")
        try root.link("open/pod/token", to: "..data/token")
        #expect(try read("open/pod/token") == "of a pod")
        try root.write("open/pod/..2026_10_02/token", "of a pod", mode: 0o666)
        #expect(throws: FileProblem.mountTooOpen(mode: 0o666)) { try read("open/pod/token") }
    }

    @Test("hosts are any, or those of a list, with their port or without")
    func hosts() throws {
        let access = HostAccess(files: restricted, hosts: ["vault.internal", "10.0.0.1:8200"], remedy: "say so")
        #expect(throws: Never.self) { try access.check(host: "Vault.Internal", port: 443, setting: "s") }
        #expect(throws: Never.self) { try access.check(host: "10.0.0.1", port: 8200, setting: "s") }
        #expect(throws: HostRefusal.self) { try access.check(host: "10.0.0.1", port: 443, setting: "s") }
        #expect(throws: HostRefusal.self) { try access.check(host: "evil.example", port: 443, setting: "s") }
        #expect(throws: Never.self) { try HostAccess(files: free).check(host: "any", port: 1, setting: "s") }
    }

    private var restricted: HostFiles {
        HostFiles(allowed: [root.path("open")], kept: [.init(root.path("data"))], remedy: "say so")
    }

    private var free: HostFiles { HostFiles(allowed: nil, kept: [.init(root.path("data"))]) }

    private func read(_ path: String) throws -> String {
        try restricted.file(root.path(path), setting: "s").secret()
            .withExposedBytes { String(decoding: $0, as: UTF8.self) }
    }
}

/// A folder of files that lives as long as a test.
private final class HostRoot: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "host-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func path(_ name: String) -> String { url.path + "/" + name }

    func write(_ name: String, _ text: String, mode: Int = 0o600) throws {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }
}
