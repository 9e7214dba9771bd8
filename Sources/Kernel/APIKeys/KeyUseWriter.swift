import Foundation
import PluginKit

/// A caller of a secret, by what he is known by.
struct KeyCallerPlace: Sendable, Hashable {
    let secret: KeySecretID
    /// A keyed hash: ``HashKey/caller(_:)``.
    let caller: [UInt8]
}

/// The last use of a secret by one caller.
struct KeyCallerUse: Sendable {
    let place: KeyCallerPlace
    let caller: KeyUses.Caller
    let at: Date
}

/// Writes down uses of keys that were counted in memory.
///
/// Nearly all callers are known from earlier batches, or come too late to be kept; both cost one look-up by their hash.
/// Who a caller is gets sealed and written for those alone that are new and for whom there is room.
struct KeyUseWriter: Sendable {
    let hashKeys: HashKeys
    let hierarchy: KeyHierarchy
    let now: @Sendable () -> Date

    /// Counts uses, and notes when known callers came last.
    ///
    /// - Returns: the callers that are not known and for whom there is room; they are to be added.
    func count(
        _ uses: [(secret: KeySecretID, use: KeyUses.Use)], in tenant: Tenant
    ) async throws -> [KeyCallerUse] {
        let hashKey = try await hashKeys.newest(of: tenant)
        let secrets = uses.map(\.secret)
        let callers = uses.flatMap { secret, use in
            use.callers.map { caller, time in
                let place = KeyCallerPlace(secret: secret, caller: hashKey.caller(caller.parts))
                return KeyCallerUse(place: place, caller: caller, at: time)
            }
        }
        let results = try await run(
            [
                BoundStatement(LockUsedSecrets(secrets: secrets)),
                BoundStatement(CountKeyUses(uses: uses)),
                BoundStatement(NoteKnownCallers(callers: callers)),
                BoundStatement(CountKeyCallers(secrets: secrets)),
            ], in: tenant)
        let known = Set(try NoteKnownCallers.rows(of: results[2]))
        let counts = try CountKeyCallers.rows(of: results[3])
        let kept = Dictionary(counts.map { ($0.secret, $0.count) }) { first, _ in first }
        return callers.filter { use in
            !known.contains(use.place) && kept[use.place.secret, default: 0] < KeyUses.mostCallers
        }
    }

    /// Adds callers, of each secret as many as there is room for.
    func add(_ callers: [KeyCallerUse], in tenant: Tenant) async throws {
        guard !callers.isEmpty else { return }
        let cells = try await hierarchy.cells(of: tenant, now: now)
        let sealed = try callers.map { use in
            let id = KeyCallerID.make(at: use.at)
            let origin = SealedOrigin(address: use.caller.address, userAgent: use.caller.userAgent)
            return (use, id, try cells.seal(origin.bytes, at: Cell(.keyCallerOrigin, row: id)))
        }
        let secrets = Set(callers.map(\.place.secret)).sorted()
        _ = try await run(
            [
                BoundStatement(LockUsedSecrets(secrets: secrets)),
                BoundStatement(AddKeyCallers(callers: sealed, mostCallers: KeyUses.mostCallers)),
            ], in: tenant)
    }

    /// Whoever ends a key meanwhile may stand in the way; the one that gave way tries again.
    private func run(_ statements: [BoundStatement], in tenant: Tenant) async throws -> [StatementResult] {
        do {
            return try await tenant.database.run(statements)
        } catch DatabaseError.serialization {
            return try await tenant.database.run(statements)
        }
    }
}
