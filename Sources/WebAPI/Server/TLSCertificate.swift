import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// A certificate chain and its key, as two PEM files that may be replaced while the server runs.
///
/// New connections use what was read last; those that are open keep what they began with.
package final class TLSCertificate: Sendable {
    private struct Pair {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
        /// What both files held, to notice changes.
        let content: [[UInt8]]
    }

    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<Pair>

    /// - Throws: ``TLSCertificateError`` where the files cannot be read or do not belong together.
    package init(certificatePath: String, keyPath: String) throws {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        current = Mutex(try Self.read(certificatePath, keyPath))
    }

    /// Reads the files again. Where they are no good, the pair in use stays.
    ///
    /// - Returns: whether they had changed.
    /// - Throws: ``TLSCertificateError``.
    @discardableResult
    package func reload() throws -> Bool {
        let pair = try Self.read(certificatePath, keyPath)
        return current.withLock { current in
            let isNew = current.content != pair.content
            current = pair
            return isNew
        }
    }

    /// TLS 1.2 and later, with the newest pair at each handshake.
    func configuration() -> TLSConfiguration {
        var configuration = current.withLock { Self.configuration($0) }
        configuration.sslContextCallback = { [self] _, promise in
            let pair = current.withLock { $0 }
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = pair.chain
            override.privateKey = pair.key
            promise.succeed(override)
        }
        return configuration
    }

    private static func configuration(_ pair: Pair) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: pair.chain, privateKey: pair.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    private static func read(_ certificatePath: String, _ keyPath: String) throws -> Pair {
        let pair: Pair
        do {
            let content = try [certificatePath, keyPath].map { [UInt8](try Data(contentsOf: URL(filePath: $0))) }
            let chain = try NIOSSLCertificate.fromPEMBytes(content[0]).map(NIOSSLCertificateSource.certificate)
            let key = try NIOSSLPrivateKey(bytes: content[1], format: .pem)
            pair = Pair(chain: chain, key: .privateKey(key), content: content)
            // Building a context is what finds out that certificate and key do not belong together.
            _ = try NIOSSLContext(configuration: configuration(pair))
        } catch {
            throw TLSCertificateError(certificatePath: certificatePath, keyPath: keyPath)
        }
        return pair
    }
}

/// The certificate and key files cannot be used.
package struct TLSCertificateError: Error, CustomStringConvertible {
    let certificatePath: String
    let keyPath: String

    package var description: String {
        "reading the TLS certificate: \(certificatePath) and \(keyPath) must be readable PEM files of a chain and its own key"
    }
}
