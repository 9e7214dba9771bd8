import NIOSSL
import PluginKit

/// Turns the settings of TLS into what the HTTP client takes.
enum VaultTLS {
    /// The files are read here and once, so that a missing one is found when the provider opens.
    ///
    /// - Throws: `HostRefusal`, or `SecretBackendError` with the key of the file that cannot be used.
    static func configuration(_ settings: VaultTLSSettings, files: HostFiles) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.authorityFile {
            configuration.trustRoots = .certificates(
                try reading("ca_file", file, settings, files) { try NIOSSLCertificate.fromPEMBytes($0) })
        }
        if let file = settings.certificateFile {
            configuration.certificateChain = try reading("certificate_file", file, settings, files) {
                try NIOSSLCertificate.fromPEMBytes($0).map { .certificate($0) }
            }
        }
        if let file = settings.keyFile {
            configuration.privateKey = .privateKey(
                try reading("key_file", file, settings, files) { try NIOSSLPrivateKey(bytes: $0, format: .pem) })
        }
        return configuration
    }

    private static func reading<Value>(
        _ key: String, _ file: String, _ settings: VaultTLSSettings, _ files: HostFiles,
        _ read: ([UInt8]) throws -> Value
    ) throws -> Value {
        let named = try files.file(file, setting: "\(settings.place).\(key)")
        do {
            return try read(try named.contents())
        } catch FileProblem.refused(let refusal) {
            throw refusal
        } catch {
            throw SecretBackendError(
                "reading tls.\(key) of Vault: \(file) cannot be read as PEM; check that the file is there, is PEM, and may be read"
            )
        }
    }
}
