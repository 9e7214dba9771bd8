import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension VaultProblem {
    /// What an error of the HTTP client means. Its own words are not used: they may hold the URL.
    init(transport error: any Error) {
        switch error {
        case let problem as VaultProblem: self = problem
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError: self = Self.meaning(of: error)
        case let error as NIOConnectionError: self = Self.meaning(of: error)
        case let error as IOError: self = Self.meaning(of: error)
        case is ChannelError: self = .unreachable(.slow)
        case let error as NIOSSLExtraError:
            self = .tls(error == .failedToValidateHostname ? .wrongName : .handshake)
        case let error as NIOSSLError: self = Self.meaning(of: error)
        case is BoringSSLError: self = .tls(.handshake)
        case is NIOTooManyBytesError: self = .answerTooLarge
        default: self = .cut
        }
    }

    private static func meaning(of error: HTTPClientError) -> VaultProblem {
        switch error {
        // The client says so to requests under way when it shuts down, too.
        case .cancelled, .alreadyShutdown: Task.isCancelled ? .cancelled : .closed
        case .deadlineExceeded, .readTimeout, .writeTimeout: .timedOut
        case .connectTimeout, .getConnectionFromPoolTimeout: .unreachable(.slow)
        case .tlsHandshakeTimeout: .tls(.handshake)
        default: .cut
        }
    }

    private static func meaning(of error: NIOConnectionError) -> VaultProblem {
        if let single = error.connectionErrors.first { return VaultProblem(connecting: single.error) }
        return .unreachable(error.dnsAError == nil && error.dnsAAAAError == nil ? .noRoute : .unknownHost)
    }

    private init(connecting error: any Error) {
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: self = .unreachable(.connectionRefused)
        case is ChannelError: self = .unreachable(.slow)
        default: self = .unreachable(.noRoute)
        }
    }

    private static func meaning(of error: IOError) -> VaultProblem {
        switch error.errnoCode {
        case ECONNREFUSED: .unreachable(.connectionRefused)
        case EHOSTUNREACH, ENETUNREACH: .unreachable(.noRoute)
        default: .cut
        }
    }

    private static func meaning(of error: NIOSSLError) -> VaultProblem {
        switch error {
        case .uncleanShutdown: return .cut
        case .unableToValidateCertificate, .noCertificateToValidate: return .tls(.untrustedCertificate)
        case .handshakeFailed(let reason):
            // The library tells a certificate that it does not trust from other failures by this text alone.
            let isVerification = String(describing: reason).contains("CERTIFICATE_VERIFY_FAILED")
            return .tls(isVerification ? .untrustedCertificate : .handshake)
        default: return .tls(.handshake)
        }
    }
}
