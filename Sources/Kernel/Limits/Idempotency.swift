import Cryptography
package import Foundation
import PluginKit

/// Remembers for 24 hours what a request with an `Idempotency-Key` was answered, so that a repeat does no second deed.
///
/// Where a deed keeps its answer in its own transaction (``DeedAnswer``), a claim without an answer means that nothing was
/// done. Where the answer is kept behind the deed, it leaves that open, and nothing is done under the key any more.
///
/// A remembered answer may hold a secret that is shown once, so it is sealed under the tenant's key.
package struct Idempotency: Sendable {
    package static let lifetime: TimeInterval = 24 * 3600
    /// After this long an unfinished request is taken for lost.
    static let patience: TimeInterval = 60

    private let tenant: Tenant
    private let cells: TenantCells
    private let now: @Sendable () -> Date

    package init(tenant: Tenant, cells: TenantCells, now: @escaping @Sendable () -> Date) {
        self.tenant = tenant
        self.cells = cells
        self.now = now
    }

    /// What a key means for a request that has just arrived.
    package enum Claim: Sendable {
        /// Not seen before: do the deed, then ``finish(_:status:body:)`` or ``abandon(_:)``.
        case fresh(IdempotentRequest)
        case answered(status: Int, body: [UInt8])
        case usedForAnotherRequest
        case stillRunning
        /// Lost long ago, and nobody knows whether the deed was done.
        case leftOpen
    }

    /// Claims `key` for a request.
    ///
    /// - Parameters:
    ///   - credential: who asks; keys of different credentials never meet.
    ///   - route: the method and the path.
    ///   - mayBeDoneAnew: whether a request that was lost may be done again under the same key, since the deed keeps its
    ///     answer in its own transaction, or since doing it twice does no more than doing it once.
    package func claim(
        key: String, credential: String, route: String, request: [UInt8], mayBeDoneAnew: Bool = false
    ) async throws -> Claim {
        let claimed = try claimed(key: key, credential: credential, route: route, request: request)
        let lostBefore = now().addingTimeInterval(-Self.patience)
        let forget = ForgetAnswer(
            keyHash: claimed.keyHash, before: now().addingTimeInterval(-Self.lifetime),
            unfinishedBefore: mayBeDoneAnew ? lostBefore : .distantPast)
        let results = try await tenant.database.run([
            BoundStatement(forget),
            BoundStatement(ClaimIdempotencyKey(request: claimed, at: now())),
            BoundStatement(FindAnswer(keyHash: claimed.keyHash)),
        ])
        if results[1].affected == 1 { return .fresh(claimed) }
        guard let kept = try FindAnswer.rows(of: results[2]).first else { return .stillRunning }
        guard try await isHash(kept.requestHash, of: request) else { return .usedForAnotherRequest }
        guard let status = kept.status, let sealed = kept.sealedBody else {
            return kept.createdAt < lostBefore ? .leftOpen : .stillRunning
        }
        return .answered(status: status, body: try await cells.open(sealed, at: claimed.cell))
    }

    /// The statements that claim a key in a tenant which is about to be made, and keep its answer.
    func begin(
        key: String, credential: String, route: String, request: [UInt8], status: Int, body: [UInt8]
    ) throws -> [BoundStatement] {
        let claimed = try claimed(key: key, credential: credential, route: route, request: request)
        return [
            BoundStatement(ClaimIdempotencyKey(request: claimed, at: now())),
            BoundStatement(try keep(claimed, status: status, body: body)),
        ]
    }

    private func claimed(
        key: String, credential: String, route: String, request: [UInt8]
    ) throws -> IdempotentRequest {
        let parts = [Array(credential.utf8), Array(route.utf8), Array(key.utf8)]
        // A request may hold a password, which a plain digest would let somebody guess at.
        return IdempotentRequest(
            keyHash: SHA256Digest.of(LengthPrefixed.encode(parts)),
            requestHash: try cells.keyring.authenticator(for: .idempotency)(request))
    }

    /// Keeps the answer for repeats.
    package func finish(_ request: IdempotentRequest, status: Int, body: [UInt8]) async throws {
        try await tenant.database.execute(try keep(request, status: status, body: body))
    }

    func keep(_ request: IdempotentRequest, status: Int, body: [UInt8]) throws -> KeepAnswer {
        KeepAnswer(keyHash: request.keyHash, status: status, sealedBody: try cells.seal(body, at: request.cell))
    }

    /// Forgets a request by which certainly nothing was done, so that it may be tried again.
    package func abandon(_ request: IdempotentRequest) async throws {
        try await tenant.database.execute(
            ForgetAnswer(keyHash: request.keyHash, before: .distantPast, unfinishedBefore: .distantFuture))
    }

    /// Whether `hash` is of `request`, under any key of the tenant.
    private func isHash(_ hash: [UInt8], of request: [UInt8]) async throws -> Bool {
        func isHash(under keyring: TenantKeyring) throws -> Bool {
            try keyring.authenticators(for: .idempotency).contains { ConstantTime.equal($0(request), hash) }
        }
        // Another node may have claimed it under a key that is not known here yet.
        if try isHash(under: cells.keyring) { return true }
        return try isHash(under: try await cells.reloaded())
    }
}

/// A request under an idempotency key, by digests alone.
package struct IdempotentRequest: Sendable {
    let keyHash: [UInt8]
    /// Keyed hash of the request, under the tenant's present key.
    let requestHash: [UInt8]

    /// Where the answer is sealed to: the row of the key.
    var cell: Cell { Cell(.idempotencyBody, row: keyHash) }
}
