import PluginKit

/// What a batch of a rotation came to.
package struct AdvancedKeyRotation: Sendable {
    package let rotated: [RotatedAPIKey]
    /// How far the rotation has come.
    package let rotation: KeyRotationRecord
}

/// Rotating several keys in one transaction, for callers who are handed all new secrets in one answer.
extension KeyRotations {
    /// Rotates the next keys that wait: either all of them have new secrets, or none has. Keys that are not the caller's to
    /// rotate keep waiting.
    ///
    /// - Parameter answer: kept for repeats, together with the new secrets.
    package func advanceTogether(
        _ id: KeyRotationID, limit: Int, by caller: Caller, keeping answer: DeedAnswer<AdvancedKeyRotation>? = nil
    ) async throws -> Outcome<AdvancedKeyRotation> {
        let maker = try await keys.maker()
        // Also where the answer of the database was lost: the changes may have been made.
        defer { tenant.keyCache.forgetAll(of: tenant.id) }
        do {
            return .done(
                try await tenant.database.transaction { transaction in
                    let rotated = try await rotateNext(limit, of: id, with: maker, by: caller, in: transaction)
                    let advanced = AdvancedKeyRotation(
                        rotated: rotated, rotation: try await find(id, in: transaction))
                    try await answer?.keep(advanced, in: transaction)
                    return advanced
                })
        } catch let refusal as Refusal {
            return .refused(refusal)
        }
    }

    private func rotateNext(
        _ limit: Int, of id: KeyRotationID, with maker: KeyMaker, by caller: Caller,
        in transaction: any TenantTransaction
    ) async throws -> [RotatedAPIKey] {
        let rotation = try await find(id, in: transaction)
        guard rotation.cancelledAt == nil else { throw Refusal.noRotation }
        var plans: [PlannedRotation] = []
        var after: KeyID?
        while plans.count < limit {
            let list = ListPendingSteps(rotation: id, after: after, limit: limit - plans.count)
            let waiting = try await transaction.rows(list)
            guard let last = waiting.last else { break }
            for key in waiting {
                do {
                    let plan = try await rotate(key, of: rotation, with: maker, by: caller, in: transaction)
                    if let plan { plans.append(plan) }
                } catch Refusal.forbidden {}
            }
            after = last
        }
        if let due = plans.map(\.nextDueAt).min() { try await transaction.execute(SetKeyAlarm(at: due)) }
        return plans.map { $0.rotated(in: id) }
    }
}
