import Foundation
import Logging
import PluginKit

/// Rotations of many keys of one tenant: planned at once, done key by key, watched until the old secrets are quiet.
///
/// Each key is rotated in a transaction of its own, so that the work can stop at any point and go on later: a key whose
/// turn has not come keeps the secret it has, and one whose turn has come has both.
package struct KeyRotations: Sendable {
    /// How many keys one call rotates at most.
    package static let mostAtOnce = 100

    let keys: APIKeys

    var tenant: Tenant { keys.tenant }
    private var change: Change { keys.change }
    private var now: @Sendable () -> Date { keys.now }

    /// Called with a new key before it becomes good, so that it can be brought to safety: what it throws undoes the step.
    package typealias HandOver = @Sendable (RotatedAPIKey) async throws -> Void

    /// Plans a rotation. Keys that allow more than the caller may do, and those that are being rotated, are skipped.
    package func start(
        _ filter: KeyFilter, overlapSeconds: Int?, by caller: Caller
    ) async throws -> Outcome<KeyRotationRecord> {
        let maker = try await keys.maker()
        let overlap = overlapSeconds ?? Int(maker.authenticator.policy.overlap.components.seconds)
        let id = KeyRotationID.make(at: now())
        return try await change.run(.keyRotationStarted, of: id.description, by: caller) { transaction in
            let begin = InsertKeyRotation(
                id: id, filter: filter, overlapSeconds: overlap, startedBy: caller.actor, at: now())
            let plan = PlanKeyRotation(rotation: id, filter: filter, permissions: caller.permissions, at: now())
            let results = try await transaction.run([BoundStatement(begin), BoundStatement(plan)])
            let count = try PlanKeyRotation.rows(of: results[1]).first ?? 0
            let details = ["keys": "\(count)", "overlap_seconds": "\(overlap)", "filter": filter.text ?? ""]
            _ = try await transaction.run([
                try change.event(.keyRotationStarted, of: id.description, by: caller, details: details)
            ])
            return try await find(id, in: transaction)
        }
    }

    /// Rotates the next keys that wait, and hands out their new secrets.
    ///
    /// What was rotated before something broke is handed out all the same: nobody could show it again. The trouble comes
    /// back with the next call.
    ///
    /// - Returns: the rotated keys; none where no key waits any more that the caller may rotate.
    package func advance(
        _ id: KeyRotationID, limit: Int, by caller: Caller, handOver: HandOver = { _ in }
    ) async throws -> Outcome<[RotatedAPIKey]> {
        let rotation: KeyRotationRecord
        do {
            rotation = try await find(id, in: tenant.database)
        } catch let refusal as Refusal {
            return .refused(refusal)
        }
        guard rotation.cancelledAt == nil else { return .refused(.noRotation) }
        let maker = try await keys.maker()
        var rotated: [RotatedAPIKey] = []
        do {
            var after: KeyID?
            while rotated.count < limit {
                let list = ListPendingSteps(rotation: id, after: after, limit: limit - rotated.count)
                let waiting = try await tenant.database.rows(list)
                guard let last = waiting.last else { break }
                for key in waiting {
                    let outcome = try await step(key, of: rotation, with: maker, by: caller, handOver: handOver)
                    if let outcome { rotated.append(outcome) }
                }
                after = last
            }
        } catch {
            guard !rotated.isEmpty else { throw error }
            let metadata: Logger.Metadata = ["rotation": "\(id)", "rotated": "\(rotated.count)", "error": "\(error)"]
            tenant.logger.warning("a rotation of API keys broke off", metadata: metadata)
        }
        return .done(rotated)
    }

    /// One page of rotations, the newest first.
    package func list(before: KeyRotationID?, limit: Int) async throws -> [KeyRotationRecord] {
        try await tenant.database.rows(ListKeyRotations(at: now(), before: before, limit: limit))
    }

    package func rotation(_ id: KeyRotationID) async throws -> KeyRotationRecord? {
        try await tenant.database.rows(ListKeyRotations(at: now(), only: id, limit: 1)).first
    }

    /// The old secrets that are used still, each with who has used it since it was replaced; those of the last use first.
    package func oldSecretsInUse(in id: KeyRotationID, limit: Int = 50) async throws -> [OldSecretInUse] {
        let found = try await tenant.database.rows(ListOldSecretsInUse(rotation: id, at: now(), limit: limit))
        let callers = try await keys.callers(
            ListKeyCallers(secrets: found.map(\.secret), sinceReplaced: true, limit: 500))
        let bySecret = Dictionary(grouping: callers, by: \.secret)
        return found.map { old in
            OldSecretInUse(
                key: old.key, name: old.name, secret: old.secret, lastUsedAt: old.lastUsedAt, retiresAt: old.retiresAt,
                callers: bySecret[old.secret] ?? [])
        }
    }

    /// The first keys that were passed over, and why.
    package func skippedKeys(in id: KeyRotationID, limit: Int = 50) async throws -> [SkippedKey] {
        try await tenant.database.rows(ListSkippedKeys(rotation: id, limit: limit))
    }

    /// Ends the overlap of all keys that were rotated. Keys that wait still keep waiting.
    package func finish(_ id: KeyRotationID, by caller: Caller) async throws -> Outcome<KeyRotationRecord> {
        try await settle(id, .keyRotationFinished, by: caller, first: []) { key in
            try await keys.finishRotation(of: key, by: caller)
        }
    }

    /// Takes back what can be: keys that wait keep their secret, and those whose old secret is good still get it back.
    package func cancel(_ id: KeyRotationID, by caller: Caller) async throws -> Outcome<KeyRotationRecord> {
        let first = [BoundStatement(CancelRotation(id: id, at: now()))]
        return try await settle(id, .keyRotationCancelled, by: caller, first: first) { key in
            try await keys.cancelRotation(of: key, by: caller)
        }
    }

    // MARK: Parts

    /// Rotates one key; `nil` where it could not be any more, where somebody else has, and where it is not the caller's to
    /// rotate, which leaves it waiting.
    private func step(
        _ key: KeyID, of rotation: KeyRotationRecord, with maker: KeyMaker, by caller: Caller, handOver: HandOver
    ) async throws -> RotatedAPIKey? {
        let outcome = try await keys.changing(.apiKeyRotated, key, by: caller) { transaction -> RotatedAPIKey? in
            let plan = try await rotate(key, of: rotation, with: maker, by: caller, in: transaction)
            guard let plan else { return nil }
            return try await keys.handOver(plan, in: rotation.id, handOver, transaction)
        }
        // A key that allows more than the caller may do keeps waiting for somebody who may do that.
        guard case .done(let rotated) = outcome else { return nil }
        return rotated
    }

    /// Gives a key its new secret; `nil` where it could not be rotated any more, and where somebody else has settled it.
    ///
    /// - Throws: ``Refusal/forbidden``, before anything is written, for a key that is not the caller's to rotate.
    func rotate(
        _ key: KeyID, of rotation: KeyRotationRecord, with maker: KeyMaker, by caller: Caller,
        in transaction: any TenantTransaction
    ) async throws -> PlannedRotation? {
        let plan: PlannedRotation
        do {
            plan = try await keys.plan(
                key, overlapSeconds: rotation.overlapSeconds, with: maker.at(now()), by: caller, in: transaction)
        } catch let refusal as Refusal {
            guard refusal != .forbidden else { throw refusal }
            let reason: SkippedKey.Reason = refusal == .rotationInProgress ? .beingRotated : .ended
            _ = try await transaction.rows(SettleStep(rotation: rotation.id, key: key, outcome: .skipped(reason)))
            return nil
        }
        guard try await transaction.first(LockPendingStep(rotation: rotation.id, key: key)) != nil else { return nil }
        let settle = SettleStep(
            rotation: rotation.id, key: key, outcome: .rotated(old: plan.old.id, new: plan.new.id))
        _ = try await transaction.run(
            plan.statements + [BoundStatement(settle)]
                + (try keys.events(of: plan, in: rotation.id, overlapSeconds: rotation.overlapSeconds, by: caller)))
        return plan
    }

    private func settle(
        _ id: KeyRotationID, _ type: AuditEventType, by caller: Caller, first: [BoundStatement],
        _ body: (KeyID) async throws -> Outcome<APIKey>
    ) async throws -> Outcome<KeyRotationRecord> {
        let begun = try await change.run(type, of: id.description, by: caller) { transaction in
            _ = try await find(id, in: transaction)
            _ = try await transaction.run(first + [try change.event(type, of: id.description, by: caller)])
        }
        if case .refused(let refusal) = begun { return .refused(refusal) }
        var after: KeyID?
        while true {
            let list = ListOverlappingSteps(rotation: id, at: now(), after: after, limit: Self.mostAtOnce)
            let page = try await tenant.database.rows(list)
            guard let last = page.last else { break }
            // A key that ended meanwhile, or that is not the caller's to touch, stays as it is.
            for key in page { _ = try await body(key) }
            after = last
        }
        return .done(try await find(id, in: tenant.database))
    }

    func find(_ id: KeyRotationID, in runner: any StatementRunner) async throws -> KeyRotationRecord {
        guard let found = try await runner.rows(ListKeyRotations(at: now(), only: id, limit: 1)).first else {
            throw Refusal.notFound
        }
        return found
    }
}

extension KeyMaker {
    /// The same at another time.
    func at(_ now: Date) -> KeyMaker {
        KeyMaker(tenant: tenant, authenticator: authenticator, hashKey: hashKey, now: now)
    }
}
