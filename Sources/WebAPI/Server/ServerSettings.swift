package import NIOCore

/// Where one port listens and what a connection to it may cost.
package struct ServerSettings: Sendable {
    package let host: String
    /// Zero picks a free port.
    package let port: Int
    package let tls: TLSCertificate?
    package let limits: ConnectionLimits

    package init(host: String, port: Int, tls: TLSCertificate? = nil, limits: ConnectionLimits = ConnectionLimits()) {
        self.host = host
        self.port = port
        self.tls = tls
        self.limits = limits
    }
}

/// What one client can take of a server that has not yet found out who it is.
package struct ConnectionLimits: Sendable {
    /// Connections beyond this wait in the backlog of the system.
    package var connections = 4096
    /// How long a connection may lie idle between requests, which is also how long the head of a request may take.
    package var idle = TimeAmount.seconds(30)
    /// How long the body of a request may take, counted from its head.
    package var body = TimeAmount.seconds(15)
    /// How long a refused client gets to read its answer before the connection is cut.
    package var linger = TimeAmount.seconds(2)
    package var headerFieldBytes = 8 * 1024
    /// The request line and all header fields together.
    package var headerBytes = 16 * 1024
    package var headerFields = 100

    package init() {}
}
