import Foundation
import Testing

@testable import GatehouseProgram

@Suite("Files that keys are written to") final class KeyFileTests: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "key-files-\(UUID().uuidString)").path
    private var path: String { folder + "/keys" }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var text: String? { FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } }

    private func make(_ text: String, mode: Int = 0o600) {
        _ = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    }

    @Test("a new one is its owner's alone")
    func mode() throws {
        let file = try KeyFile.new(path)
        try file.add(Array("a\n".utf8))
        file.close()
        #expect(text == "a\n")
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }

    @Test("one that is there is not written over")
    func existing() throws {
        make("a\n")
        let failure = #expect(throws: KeyFile.Failure.self) { try KeyFile.new(path) }
        #expect(failure?.description.hasSuffix("is there already") == true)
        #expect(text == "a\n")
    }

    @Test("one that nothing came into does not stay")
    func unused() throws {
        try KeyFile.new(path).close()
        #expect(text == nil)
        try KeyFile.continuing(path).close()
        #expect(text == nil)
    }

    @Test("one that goes on keeps what is in it", arguments: ["", "a\n"])
    func continued(before: String) throws {
        make(before)
        let file = try KeyFile.continuing(path)
        try file.add(Array("b\n".utf8))
        file.close()
        #expect(text == before + "b\n")
    }

    @Test("a line that was cut off does not swallow the next")
    func cutOff() throws {
        make("a\n{\"key\": \"acm")
        let file = try KeyFile.continuing(path)
        try file.add(Array("b\n".utf8))
        file.close()
        #expect(text == "a\n{\"key\": \"acm\nb\n")
    }

    @Test("one that others may read is not continued, nor is a link")
    func others() throws {
        make("a\n", mode: 0o644)
        #expect(throws: KeyFile.Failure.self) { try KeyFile.continuing(path) }
        let link = folder + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(throws: KeyFile.Failure.self) { try KeyFile.continuing(link) }
        #expect(throws: KeyFile.Failure.self) { try KeyFile.new(link) }
        #expect(text == "a\n")
    }

    @Test("what cannot be made is told in the system's words")
    func failures() {
        let failure = #expect(throws: KeyFile.Failure.self) { try KeyFile.new("\(folder)/missing/keys") }
        #expect(failure?.description == "\(folder)/missing/keys: No such file or directory")
    }
}
