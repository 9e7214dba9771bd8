import NIOSSL
import PluginKit

/// Turns the settings of TLS into what the HTTP client takes.
enum VaultTLS {
    /// The files are read here and once, so that a missing one is found when the provider opens.
    ///
    /// - Throws: `SecretBackendError` with the key of the file that cannot be used.
    static func configuration(_ settings: VaultTLSSettings) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.authorityFile {
            configuration.trustRoots = .certificates(
                try reading("ca_file", file) { try NIOSSLCertificate.fromPEMFile(file) })
        }
        if let file = settings.certificateFile {
            configuration.certificateChain = try reading("certificate_file", file) {
                try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
            }
        }
        if let file = settings.keyFile {
            configuration.privateKey = .privateKey(
                try reading("key_file", file) { try NIOSSLPrivateKey(file: file, format: .pem) })
        }
        return configuration
    }

    private static func reading<Value>(_ key: String, _ file: String, _ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch {
            throw SecretBackendError(
                "reading tls.\(key) of Vault: \(file) cannot be read as PEM; check that the file is there, is PEM, and may be read"
            )
        }
    }
}
