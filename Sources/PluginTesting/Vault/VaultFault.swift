/// Something that goes wrong between a client and Vault.
///
/// ``reset``, ``partialBody``, ``invalidJSON``, ``chunked``, ``gzip``, ``latency(_:)`` and ``silence`` let the server
/// do what was asked and spoil the answer; the others answer in its place.
public enum VaultFault: Sendable, Equatable {
    /// The answer comes this much later.
    case latency(Duration)
    /// The connection is reset where the answer should begin.
    case reset
    /// The connection ends in the middle of the announced body.
    case partialBody
    /// A 200 whose body breaks off in the middle of its JSON.
    case invalidJSON
    /// A proxy's page of HTML, with a 502.
    case badGatewayPage
    /// The answer in chunks, without an announced length.
    case chunked
    /// The answer compressed, although nobody asked for that.
    case gzip
    /// A 307 to the given base address, with the request's own path and query.
    case redirect(to: String)
    /// A 429 as of an exceeded quota, with that `Retry-After`.
    case rateLimited(retryAfter: String?)
    case status(Int, errors: [String])
    /// No answer, while the connection stays open.
    case silence
}
