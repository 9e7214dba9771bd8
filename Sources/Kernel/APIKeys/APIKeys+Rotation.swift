import Foundation
package import PluginKit

/// Rotating one key: it gets a second secret, and for a while both are good.
extension APIKeys {
    /// Gives a key a new secret; the old one stays good for the overlap, and no longer than it would have been.
    ///
    /// - Parameters:
    ///   - overlapSeconds: `nil` for what the policy says; 0 ends the old secret at once.
    ///   - answer: kept for repeats, together with the new secret.
    ///   - handOver: called with the new key before it becomes good.
    package func rotate(
        _ id: KeyID, overlapSeconds: Int?, by caller: Caller, keeping answer: DeedAnswer<RotatedAPIKey>? = nil,
        handOver: KeyRotations.HandOver = { _ in }
    ) async throws -> Outcome<RotatedAPIKey> {
        let maker = try await maker()
        let overlap = overlapSeconds ?? Int(maker.authenticator.policy.overlap.components.seconds)
        let rotation = KeyRotationID.make(at: now())
        return try await changing(.apiKeyRotated, id, by: caller) { transaction in
            let plan = try await plan(id, overlapSeconds: overlap, with: maker, by: caller, in: transaction)
            let begin = InsertKeyRotation(
                id: rotation, filter: nil, overlapSeconds: overlap, startedBy: caller.actor, at: maker.now)
            let step = AddRotatedStep(rotation: rotation, key: id, old: plan.old.id, new: plan.new.id)
            _ = try await transaction.run(
                plan.statements + [BoundStatement(begin), BoundStatement(step)]
                    + (try events(of: plan, in: rotation, overlapSeconds: overlap, by: caller)))
            try await answer?.keep(plan.rotated(in: rotation), in: transaction)
            return try await self.handOver(plan, in: rotation, handOver, transaction)
        }
    }

    /// Ends the overlap now: only the new secret is good from here on.
    package func finishRotation(of id: KeyID, by caller: Caller) async throws -> Outcome<APIKey> {
        try await changing(.apiKeyRotationFinished, id, by: caller) { transaction in
            try await finish(id, by: caller, in: transaction)
            guard let key = try await Self.find(id, in: transaction) else { throw Refusal.notFound }
            return key
        }
    }

    /// Takes a rotation back: the old secret is the key's own again, and the new one is dropped.
    package func cancelRotation(of id: KeyID, by caller: Caller) async throws -> Outcome<APIKey> {
        try await changing(.apiKeyRotationCancelled, id, by: caller) { transaction in
            try await cancel(id, by: caller, in: transaction)
            guard let key = try await Self.find(id, in: transaction) else { throw Refusal.notFound }
            return key
        }
    }

    // MARK: Parts, shared with the rotation of many keys

    /// Locks a key and plans its rotation: everything but what it is a step of.
    ///
    /// - Throws: ``Refusal``.
    func plan(
        _ id: KeyID, overlapSeconds: Int, with maker: KeyMaker, by caller: Caller, in transaction: any TenantTransaction
    ) async throws -> PlannedRotation {
        let key = try await lock(id, in: transaction)
        guard Authorizer.mayHandOut(caller, Set(key.scopes)) else { throw Refusal.forbidden }
        let open = try await transaction.rows(ListOpenSecrets(key: id))
        guard !key.isRevoked, let old = open.first(where: { $0.replacedAt == nil }), old.expiresAt > maker.now else {
            throw Refusal.keyNotLive
        }
        let replaced = open.first { $0.replacedAt != nil }
        if let replaced, replaced.isGood(at: maker.now) { throw Refusal.rotationInProgress }
        let (new, text) = try maker.make(for: id, lifetimeSeconds: key.lifetimeSeconds)
        // The old secret outlives neither itself nor its successor, by whose end the key is at its end.
        let end = min(maker.now.addingTimeInterval(Double(overlapSeconds)), old.expiresAt, new.expiresAt)
        return PlannedRotation(
            key: key, old: old, over: replaced?.id, oldEndsAt: end, new: new, text: text, at: maker.now)
    }

    func events(
        of plan: PlannedRotation, in rotation: KeyRotationID, overlapSeconds: Int, by caller: Caller
    ) throws -> [BoundStatement] {
        let subject = plan.key.id.description
        var events: [BoundStatement] = []
        if let over = plan.over {
            let details = ["name": plan.key.name, "secret": over.description]
            let ended = AuditEvent(
                .apiKeyRotationEnded, actor: .system, subject: subject, origin: caller.origin, details: details)
            events.append(try change.audit.statement(ended))
        }
        let details = [
            "rotation": rotation.description, "overlap_seconds": "\(overlapSeconds)",
            "old_secret": plan.old.id.description, "new_secret": plan.new.id.description,
        ]
        return events + [try change.event(.apiKeyRotated, of: subject, by: caller, details: details)]
    }

    /// Brings the new key to safety, and then sets the alarm: that one the whole tenant shares, so that nobody may hold it
    /// while something takes its time.
    func handOver(
        _ plan: PlannedRotation, in rotation: KeyRotationID, _ handOver: KeyRotations.HandOver,
        _ transaction: any TenantTransaction
    ) async throws -> RotatedAPIKey {
        let rotated = plan.rotated(in: rotation)
        try await handOver(rotated)
        try await transaction.execute(SetKeyAlarm(at: plan.nextDueAt))
        return rotated
    }

    func finish(_ id: KeyID, by caller: Caller, in transaction: any TenantTransaction) async throws {
        let (_, old, _) = try await overlap(of: id, by: caller, in: transaction)
        _ = try await transaction.run([
            BoundStatement(EndKeySecret(id: old, why: .finished, at: now())),
            try change.event(.apiKeyRotationFinished, of: id.description, by: caller),
        ])
    }

    func cancel(_ id: KeyID, by caller: Caller, in transaction: any TenantTransaction) async throws {
        let (key, old, new) = try await overlap(of: id, by: caller, in: transaction)
        guard Authorizer.mayHandOut(caller, Set(key.scopes)) else { throw Refusal.forbidden }
        // In this order: a key has one secret of its own at any time.
        _ = try await transaction.run([
            BoundStatement(EndKeySecret(id: new, why: .cancelled, at: now())),
            BoundStatement(RestoreKeySecret(id: old)),
            BoundStatement(CancelRotatedStep(key: id, new: new)),
            BoundStatement(SetKeyAlarm(at: now())),
            try change.event(.apiKeyRotationCancelled, of: id.description, by: caller),
        ])
    }

    /// The two secrets of a key that are good beside each other.
    private func overlap(
        of id: KeyID, by caller: Caller, in transaction: any TenantTransaction
    ) async throws -> (key: LockedKey, old: KeySecretID, new: KeySecretID) {
        let key = try await lock(id, in: transaction)
        let open = try await transaction.rows(ListOpenSecrets(key: id))
        guard let old = open.first(where: { $0.replacedAt != nil && $0.isGood(at: now()) }),
            let new = open.first(where: { $0.replacedAt == nil })
        else { throw Refusal.noRotation }
        return (key, old.id, new.id)
    }
}

extension OpenSecret {
    /// Whether it still opens anything, whatever has noticed that it does not.
    func isGood(at now: Date) -> Bool { expiresAt > now && (retiresAt.map { $0 > now } ?? true) }
}

/// The rotation of one key, ready to be written.
struct PlannedRotation: Sendable {
    let key: LockedKey
    let old: OpenSecret
    /// A secret of an earlier rotation whose overlap is over without anybody having noticed.
    let over: KeySecretID?
    let oldEndsAt: Date
    let new: NewKeySecret
    let text: SecretText
    let at: Date

    var statements: [BoundStatement] {
        var statements: [BoundStatement] = []
        if let over { statements.append(BoundStatement(EndKeySecret(id: over, why: .overlapOver, at: at))) }
        statements.append(BoundStatement(RetireKeySecret(id: old.id, at: at, until: oldEndsAt)))
        if oldEndsAt <= at { statements.append(BoundStatement(EndKeySecret(id: old.id, why: .finished, at: at))) }
        statements.append(BoundStatement(AddKeySecret(key: key.id, secret: new)))
        return statements
    }

    /// When there is something to tell about either secret.
    var nextDueAt: Date { min(at.addingTimeInterval(oldEndsAt.timeIntervalSince(at) / 2), new.rotateBy) }

    func rotated(in rotation: KeyRotationID) -> RotatedAPIKey {
        RotatedAPIKey(
            key: key.id, name: key.name, text: text, secret: new.id, expiresAt: new.expiresAt, previous: old.id,
            previousEndsAt: oldEndsAt, rotation: rotation)
    }
}
