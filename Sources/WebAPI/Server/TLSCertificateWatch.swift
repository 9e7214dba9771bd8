import Logging
import ServiceLifecycle

/// Looks for replaced certificate files, so that renewing a certificate needs no restart.
struct TLSCertificateWatch: Service {
    let certificate: TLSCertificate
    let logger: Logger
    var interval = Duration.seconds(60)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: interval)
                reload()
            }
        }
    }

    private func reload() {
        do {
            if try certificate.reload() { logger.info("the TLS certificate was replaced") }
        } catch {
            logger.error(
                "the TLS certificate could not be replaced; the old one stays", metadata: ["error": "\(error)"])
        }
    }
}
