package import PluginKit

/// The answer to a deed, kept for repeats in the transaction of the deed: either both are there, or neither is.
package struct DeedAnswer<Value: Sendable>: Sendable {
    private let request: IdempotentRequest
    private let idempotency: Idempotency
    private let write: @Sendable (Value) throws -> (status: Int, body: [UInt8])

    /// - Parameter write: what is answered; the same for the same value.
    package init(
        to request: IdempotentRequest, in idempotency: Idempotency,
        _ write: @escaping @Sendable (Value) throws -> (status: Int, body: [UInt8])
    ) {
        self.request = request
        self.idempotency = idempotency
        self.write = write
    }

    /// Keeps the answer, last in the transaction that has brought `value` about.
    ///
    /// - Throws: ``ClaimLost``, which undoes the deed, where the key was claimed anew meanwhile: another does the deed.
    func keep(_ value: Value, in transaction: any TenantTransaction) async throws {
        let (status, body) = try write(value)
        let keep = try idempotency.keep(request, status: status, body: body)
        guard try await transaction.execute(keep) == 1 else { throw ClaimLost() }
    }
}

/// A request took so long over its deed that a repeat of it was let through, and did the deed.
package struct ClaimLost: Error {}
