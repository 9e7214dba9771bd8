package import Kernel

extension RequestOrigin {
    /// A request from a client of its own: another address than every other call gives, unless one is named.
    ///
    /// - Parameter client: two requests with the same name come from the same client.
    package static func test(_ client: String = unique()) -> RequestOrigin {
        RequestOrigin(address: client, network: client, userAgent: "test", requestID: "req-\(unique())")
    }
}

/// Text that no other call gives.
package func unique() -> String { String(UInt64.random(in: 0 ... .max), radix: 36) }
