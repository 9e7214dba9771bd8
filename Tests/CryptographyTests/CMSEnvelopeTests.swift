import Foundation
import Testing

@testable import Cryptography

/// The `openssl` of the command line, with which people open what was sealed for them.
@Suite("Sealed messages")
final class CMSEnvelopeTests: Sendable {
    private static let message = "canary-51c0ffee of a key, äöü\n"

    private let folder = FileManager.default.temporaryDirectory.appending(path: "cms-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let keyKinds = [
        ["-newkey", "rsa:2048"], ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ]

    @Test("are opened by openssl with the certificate's private key", arguments: keyKinds)
    func opened(kind: [String]) throws {
        let sealed = try CMSEnvelope.seal(Self.message.utf8, certificate: try certificate("holder", kind))
        #expect(try open(sealed, with: "holder") == Self.message)
    }

    @Test("are opened by nobody else's key", arguments: keyKinds)
    func wrongKey(kind: [String]) throws {
        let certificate = try certificate("holder", kind)
        _ = try self.certificate("other", kind)
        #expect(try open(try CMSEnvelope.seal(Self.message.utf8, certificate: certificate), with: "other") == nil)
    }

    @Test("do not show the message, nor seal it alike twice")
    func hidden() throws {
        let certificate = try certificate("holder", Self.keyKinds[0])
        let sealed = try (0..<2).map { _ in try CMSEnvelope.seal(Self.message.utf8, certificate: certificate) }
        #expect(sealed[0] != sealed[1])
        let text = String(decoding: sealed[0], as: UTF8.self)
        #expect(text.hasPrefix("-----BEGIN CMS-----\n"))
        let body = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let bytes = try #require(Data(base64Encoded: body))
        #expect(bytes.range(of: Data("canary-51c0ffee".utf8)) == nil)
    }

    @Test("show when a byte of them was changed")
    func altered() throws {
        let certificate = try certificate("holder", Self.keyKinds[0])
        let sealed = try CMSEnvelope.seal(Self.message.utf8, certificate: certificate)
        let lines = String(decoding: sealed, as: UTF8.self).split(separator: "\n")
        var body = try #require(Data(base64Encoded: lines.filter { !$0.hasPrefix("-----") }.joined()))
        // The tag of AES-GCM is the last of it.
        body[body.count - 1] ^= 1
        let altered =
            "\(lines[0])\n\(body.base64EncodedString(options: .lineLength64Characters))\n\(lines.last ?? "")\n"
        #expect(try open(Array(altered.utf8), with: "holder") == nil)
    }

    @Test("may be empty, or longer than any key")
    func lengths() throws {
        let certificate = try certificate("holder", Self.keyKinds[1])
        for message in ["", String(repeating: "0123456789\n", count: 10_000)] {
            #expect(try open(try CMSEnvelope.seal(message.utf8, certificate: certificate), with: "holder") == message)
        }
    }

    @Test(
        "are made for a certificate in PEM alone",
        arguments: ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func noCertificate(text: String) {
        #expect(throws: CryptographyError.self) { try CMSEnvelope.seal(Self.message.utf8, certificate: text.utf8) }
    }

    @Test("are not made for a key that can only sign, nor for a private key")
    func unfit() throws {
        let certificate = try certificate("signer", ["-newkey", "ed25519"])
        #expect(throws: CryptographyError.self) { try CMSEnvelope.seal(Self.message.utf8, certificate: certificate) }
        let key = try Data(contentsOf: URL(filePath: "\(folder)/signer.key"))
        #expect(throws: CryptographyError.self) { try CMSEnvelope.seal(Self.message.utf8, certificate: key) }
    }

    /// A new certificate and its key, called `name` in the folder.
    private func certificate(_ name: String, _ kind: [String]) throws -> [UInt8] {
        let files = ["-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).crt"]
        let made = try openssl(["req", "-x509"] + kind + ["-nodes", "-days", "2", "-subj", "/CN=\(name)"] + files)
        try #require(made != nil)
        return Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name).crt")))
    }

    /// The message; `nil` where openssl refuses.
    private func open(_ sealed: [UInt8], with name: String) throws -> String? {
        try Data(sealed).write(to: URL(filePath: "\(folder)/sealed.cms"))
        let files = ["-inkey", "\(folder)/\(name).key", "-in", "\(folder)/sealed.cms"]
        return try openssl(["cms", "-decrypt", "-inform", "PEM", "-binary"] + files)
    }

    /// What it prints; `nil` where it fails.
    private func openssl(_ arguments: [String]) throws -> String? {
        let tool = Process()
        let output = Pipe()
        tool.executableURL = URL(filePath: "/usr/bin/env")
        tool.arguments = ["openssl"] + arguments
        tool.standardOutput = output
        tool.standardError = FileHandle.nullDevice
        try tool.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        tool.waitUntilExit()
        return tool.terminationStatus == 0 ? String(decoding: printed, as: UTF8.self) : nil
    }
}
