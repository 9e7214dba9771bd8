import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import WebAPI

private let openSSL = "/usr/bin/openssl"

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: openSSL)))
struct TLSCertificateTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "gatehouse-tls-\(UUID().uuidString)")
    private var certificatePath: String { folder.appending(path: "certificate.pem").path }
    private var keyPath: String { folder.appending(path: "key.pem").path }

    /// Writes a new self-signed pair for `name` over the old one.
    private func issue(_ name: String) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: openSSL)
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=\(name)",
            "-keyout", keyPath, "-out", certificatePath,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// The DER of the certificate that the server shows.
    private static func shown(port: Int, maximum: TLSVersion? = nil) async throws -> [UInt8] {
        let certificate = ShownCertificate()
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        configuration.maximumTLSVersion = maximum
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(context: context, serverHostname: nil) { chain, promise in
                        certificate.set(chain.first)
                        promise.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(
            ByteBuffer(string: "GET /v1/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
        try await channel.closeFuture.get()
        return certificate.bytes
    }

    @Test("new connections see the new certificate after a reload, without a restart")
    func reload() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try issue("first")
        let certificate = try TLSCertificate(certificatePath: certificatePath, keyPath: keyPath)
        try await RunningServer.serve(tls: certificate) { port, _ in
            let first = try await Self.shown(port: port)
            #expect(!first.isEmpty)
            #expect(try !certificate.reload())
            try issue("second")
            #expect(try await Self.shown(port: port) == first)
            #expect(try certificate.reload())
            #expect(try await Self.shown(port: port) != first)
        }
    }

    @Test("files that are no good leave the pair in use")
    func badFiles() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try issue("first")
        let certificate = try TLSCertificate(certificatePath: certificatePath, keyPath: keyPath)
        let oldKey = try Data(contentsOf: URL(filePath: keyPath))
        try issue("second")
        try oldKey.write(to: URL(filePath: keyPath))
        #expect(throws: TLSCertificateError.self) { try certificate.reload() }
        try Data("not a certificate".utf8).write(to: URL(filePath: certificatePath))
        #expect(throws: TLSCertificateError.self) { try certificate.reload() }
        try await RunningServer.serve(tls: certificate) { port, _ in
            let shown = try await Self.shown(port: port)
            #expect(!shown.isEmpty)
        }
    }

    @Test("TLS below 1.2 is refused")
    func oldVersions() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try issue("first")
        let certificate = try TLSCertificate(certificatePath: certificatePath, keyPath: keyPath)
        try await RunningServer.serve(tls: certificate) { port, _ in
            let shown = try await Self.shown(port: port, maximum: .tlsv12)
            #expect(!shown.isEmpty)
            await #expect(throws: (any Error).self) { try await Self.shown(port: port, maximum: .tlsv11) }
        }
    }

    @Test("a client that never begins the handshake is cut off", .timeLimit(.minutes(1)))
    func silence() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try issue("first")
        let certificate = try TLSCertificate(certificatePath: certificatePath, keyPath: keyPath)
        let answer = try await RunningServer.serve(tls: certificate, limits: RunningServer.shortLimits) { port, _ in
            try await RawConnection.exchange(port: port)
        }
        #expect(answer.isEmpty)
    }
}

/// Holds the certificate that a handshake showed.
private final class ShownCertificate: Sendable {
    private let shown = Mutex<[UInt8]>([])

    var bytes: [UInt8] { shown.withLock { $0 } }

    func set(_ certificate: NIOSSLCertificate?) {
        let bytes = (try? certificate?.toDERBytes()) ?? []
        shown.withLock { $0 = bytes }
    }
}
