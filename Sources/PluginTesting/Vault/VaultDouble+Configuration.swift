public import Foundation

extension VaultDouble {
    /// How a double starts.
    public struct Configuration: Sendable {
        /// The port on 127.0.0.1; 0 takes a free one.
        public var port = 0
        /// The token that may do everything.
        public var rootToken = "root"
        /// What `sys/unseal` takes, in base64, until a `sys/init` hands out other keys.
        public var unsealKey = "dGhlIHVuc2VhbCBrZXkgb2YgdGhlIHZhdWx0IGRvdWI="
        /// Speak TLS with this certificate; `nil`: plain HTTP.
        public var tls: VaultDoubleTLS?
        /// Whether there are namespaces. Off as in the community edition, which passes over the header.
        public var namespacesEnabled = false
        /// Whether it presents itself as a member of a cluster; such a one starts with nothing mounted at `secret/`.
        public var isClusterMember = false
        /// The clock that tokens, wrappings and versions live by.
        public var now: @Sendable () -> Date = { Date(timeIntervalSinceNow: 0) }

        public init() {}
    }
}

/// A certificate for the double, as PEM text.
public struct VaultDoubleTLS: Sendable {
    /// The server's certificate, followed by those between it and its root.
    public var certificateChainPEM: String
    public var privateKeyPEM: String
    /// Demand a client certificate that this authority has signed; `nil`: ask for none.
    public var clientAuthorityPEM: String?

    public init(certificateChainPEM: String, privateKeyPEM: String, clientAuthorityPEM: String? = nil) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
        self.clientAuthorityPEM = clientAuthorityPEM
    }
}
