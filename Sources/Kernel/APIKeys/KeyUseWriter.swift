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

/// A caller as he is written down for the first time.
struct SealedKeyCaller: Sendable {
    let use: KeyCallerUse
    let id: KeyCallerID
    let sealedOrigin: [UInt8]
}

/// Callers who are not known yet.
struct NewKeyCallers: Sendable {
    /// For whom there is room.
    var added: [KeyCallerUse] = []
    /// Of secrets that have all the callers that are kept, the latest; he takes the place of one who has gone quiet.
    var replacing: [KeyCallerUse] = []

    var isEmpty: Bool { added.isEmpty && replacing.isEmpty }
}

/// Writes down uses of keys that were counted in memory.
///
/// Nearly all callers are known from earlier batches, which costs one look-up by their hash. Who a caller is gets sealed and
/// written for those alone that are new and for whom there is a place.
struct KeyUseWriter: Sendable {
    let hashKeys: HashKeys
    let hierarchy: KeyHierarchy
    let now: @Sendable () -> Date

    /// Counts uses, and notes when known callers came last.
    ///
    /// - Returns: the callers that are to be written down.
    func count(_ uses: [(secret: KeySecretID, use: KeyUses.Use)], in tenant: Tenant) async throws -> NewKeyCallers {
        let hashKeys = try await hashKeys.keys(of: tenant)
        let secrets = uses.map(\.secret)
        let callers = uses.flatMap { named($0.use, of: $0.secret, hashKeys) }
        let results = try await run(
            [
                BoundStatement(LockUsedSecrets(secrets: secrets)), BoundStatement(CountKeyUses(uses: uses)),
                BoundStatement(NoteKnownCallers(callers: callers)),
                BoundStatement(CountKeyCallers(secrets: secrets)),
            ], in: tenant)
        let known = Set(try NoteKnownCallers.rows(of: results[2]))
        let kept = try CountKeyCallers.rows(of: results[3])
        return places(
            for: callers.filter { !known.contains($0.place) },
            beside: Dictionary(kept.map { ($0.secret, $0.count) }) { first, _ in first })
    }

    /// Callers by the hash key that the secret was made with: so each of them is the same one for as long as there is the
    /// secret, whatever new hash keys there are. A key that is gone has no secrets left.
    private func named(_ use: KeyUses.Use, of secret: KeySecretID, _ hashKeys: [HashKey]) -> [KeyCallerUse] {
        guard let hashKey = hashKeys.first(where: { $0.id == use.hashKey }) else { return [] }
        return use.callers.map { caller, time in
            let place = KeyCallerPlace(secret: secret, caller: hashKey.caller(caller.parts))
            return KeyCallerUse(place: place, caller: caller, at: time)
        }
    }

    private func places(for strangers: [KeyCallerUse], beside kept: [KeySecretID: Int]) -> NewKeyCallers {
        var new = NewKeyCallers()
        for (secret, callers) in Dictionary(grouping: strangers, by: \.place.secret) {
            let room = KeyUses.mostCallers - kept[secret, default: 0]
            new.added += callers.prefix(max(0, room))
            if room <= 0, let latest = callers.max(by: { $0.at < $1.at }) { new.replacing.append(latest) }
        }
        return new
    }

    /// Writes down callers, of each secret as many as there is room for.
    func add(_ callers: NewKeyCallers, in tenant: Tenant) async throws {
        guard !callers.isEmpty else { return }
        let cells = try await hierarchy.cells(of: tenant, now: now)
        let secrets = Set((callers.added + callers.replacing).map(\.place.secret)).sorted()
        _ = try await run(
            [
                BoundStatement(LockUsedSecrets(secrets: secrets)),
                BoundStatement(
                    AddKeyCallers(
                        callers: try callers.added.map { try seal($0, with: cells) },
                        mostCallers: KeyUses.mostCallers)),
                BoundStatement(
                    ReplaceQuietCallers(callers: try callers.replacing.map { try seal($0, with: cells) })),
            ], in: tenant)
    }

    private func seal(_ use: KeyCallerUse, with cells: TenantCells) throws -> SealedKeyCaller {
        let id = KeyCallerID.make(at: use.at)
        let origin = SealedOrigin(address: use.caller.address, userAgent: use.caller.userAgent)
        return SealedKeyCaller(
            use: use, id: id, sealedOrigin: try cells.seal(origin.bytes, at: Cell(.keyCallerOrigin, row: id)))
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
