internal import CLibPQ
internal import PluginKit

/// Where to connect: libpq's keywords in the order in which later ones overrule earlier ones.
struct ConnectionTarget: Sendable {
    private let connection: SecretText
    /// Overruled by what the URL says.
    private let defaults: [(keyword: String, value: String)]

    init(_ connection: SecretText, applicationName: String) {
        self.connection = connection
        defaults = [
            ("application_name", applicationName),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ]
    }

    /// - Throws: ``PostgresStartError`` where libpq cannot read the text. Its own message may quote a password, so it is
    ///   not repeated.
    func validate() throws(PostgresStartError) {
        let isReadable = connection.withExposed { text in
            let options = PQconninfoParse(text, nil)
            defer { PQconninfoFree(options) }
            return options != nil
        }
        guard isReadable else {
            throw PostgresStartError(
                problem: "the database URL cannot be read",
                remedy: "write it as postgresql://role:password@host:port/database?sslmode=verify-full, "
                    + "with special characters of the password percent-encoded",
                blamesConnectionString: true
            )
        }
    }

    /// Whether both are written alike.
    func isSame(as other: ConnectionTarget) -> Bool { connection.bytes.matches(other.connection.bytes) }

    /// Begins to connect; `nil` only for want of memory. Resolving the host's name may block.
    func startConnecting() -> OpaquePointer? {
        connection.withExposed { text in
            let parameters = defaults + [("dbname", text), ("client_encoding", "UTF8")]
            return withCStrings(parameters.map(\.keyword)) { keywords in
                withCStrings(parameters.map(\.value)) { values in
                    PQconnectStartParams(keywords, values, 1)
                }
            }
        }
    }
}

/// Lends a null-terminated list of C strings for the length of `body`.
private func withCStrings<Value>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Value) -> Value {
    let copies = texts.map { Array($0.utf8CString) }
    let starts = copies.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    return Array(copies.joined()).withUnsafeBufferPointer { buffer in
        body(starts.dropLast().map { buffer.baseAddress?.advanced(by: $0) } + [nil])
    }
}
