import Foundation
import PluginTesting

/// An authority that signs certificates with the openssl command, in a folder that lives as long as a test.
final class TestAuthority: Sendable {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vault-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Test authority", "-keyout", file("ca.key"), "-out", file("ca.pem"))
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func file(_ name: String) -> String { folder.appending(path: name).path }

    func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    /// A certificate for `name`, also at `<name>.pem` and `<name>.key`.
    func certificate(for name: String, isExpired: Bool = false) throws -> VaultDoubleTLS {
        try Self.run(
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", file("\(name).key"), "-out", file("\(name).csr"))
        try "subjectAltName=DNS:\(name)\n".write(toFile: file("\(name).ext"), atomically: true, encoding: .utf8)
        try Self.run(
            "openssl", "x509", "-req", "-in", file("\(name).csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
            "-CAcreateserial", "-extfile", file("\(name).ext"), "-out", file("\(name).pem"), "-days",
            isExpired ? "-1" : "2")
        return VaultDoubleTLS(certificateChainPEM: try text("\(name).pem"), privateKeyPEM: try text("\(name).key"))
    }

    private static func run(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}
