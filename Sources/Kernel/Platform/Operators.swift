package import Foundation
import Metrics
package import PluginKit

/// The operators of the platform and their keys. A key opens the platform's routes and no route of a tenant.
///
/// Nothing is remembered: each request looks its key up, so a key that was revoked is refused from that moment on.
package struct Operators: Sendable {
    /// How long the record of a refused key is silent about the next ones of that operator.
    static let silence: TimeInterval = 3600

    private let database: any PlatformDatabase
    private let now: @Sendable () -> Date

    package init(database: any PlatformDatabase, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// All operators, those who are revoked as well, the oldest first.
    package func list() async throws -> [OperatorRecord] { try await database.rows(ListOperators()) }

    /// Makes an operator with a key that exists only in this answer; `nil` where the name is taken.
    ///
    /// - Parameter lifetimeSeconds: after which the key ends by itself; `nil` for never.
    package func create(
        _ name: OperatorName, lifetimeSeconds: Int? = nil, requestID: String
    ) async throws -> NewOperator? {
        let at = now()
        let id = OperatorID.make(at: at)
        let key = try OpaqueToken.make(.operatorKey)
        let end = lifetimeSeconds.map { at.addingTimeInterval(TimeInterval($0)) }
        do {
            _ = try await database.run([
                BoundStatement(
                    InsertOperator(id: id, name: name.text, keyHash: key.hash, at: at, expiresAt: end)),
                BoundStatement(event("operator.created", of: id, requestID, at)),
            ])
        } catch DatabaseError.uniqueViolation {
            return nil
        }
        return NewOperator(id: id, key: key.text, expiresAt: end, previousKeyUntil: nil)
    }

    /// Gives an operator another key; the one before ends by itself after the overlap. `nil` where there is no such
    /// operator, or he is revoked.
    package func rotate(
        _ name: OperatorName, lifetimeSeconds: Int? = nil, overlapSeconds: Int, requestID: String
    ) async throws -> NewOperator? {
        guard let found = try await database.first(FindOperator(name: name.text)) else { return nil }
        let at = now()
        let key = try OpaqueToken.make(.operatorKey)
        let end = lifetimeSeconds.map { at.addingTimeInterval(TimeInterval($0)) }
        let overlap = at.addingTimeInterval(TimeInterval(overlapSeconds))
        let done = try await database.execute(
            RotateOperatorKey(
                id: found.id, keyHash: key.hash, expiresAt: end, previousUntil: overlap,
                event: event("operator.key_rotated", of: found.id, requestID, at)))
        guard done == 1 else { return nil }
        let until = found.expiresAt.map { min($0, overlap) } ?? overlap
        return NewOperator(id: found.id, key: key.text, expiresAt: end, previousKeyUntil: until)
    }

    /// Revokes an operator with all his keys, for good.
    ///
    /// - Returns: him as he is now; `nil` where there is none of that name.
    package func revoke(_ name: OperatorName, requestID: String) async throws -> OperatorRecord? {
        guard let found = try await database.first(FindOperator(name: name.text)) else { return nil }
        try await database.execute(
            RevokeOperator(id: found.id, event: event("operator.revoked", of: found.id, requestID, now())))
        return try await database.first(FindOperator(name: name.text))
    }

    /// The operator whose key this is; `nil` for any other text, a key that has ended among them.
    ///
    /// What looks like a key and is none that is good is counted; of an operator whose key has ended it is also recorded,
    /// once an hour at most.
    package func authenticate(_ text: SecretText, requestID: String) async throws -> OperatorID? {
        guard let key = OpaqueToken(.operatorKey, text: text) else { return nil }
        let at = now()
        guard let found = try await database.first(FindOperatorByKey(keyHash: key.hash, at: at)) else {
            return refused("unknown")
        }
        if found.state == .good { return found.id }
        let event = RecordPlatformEvent(
            type: "operator.key_refused", actor: "operator:\(found.id)", subject: found.id.description,
            requestID: requestID, at: at)
        let before = at.addingTimeInterval(-Self.silence)
        try await database.execute(NoteRefusedOperatorKey(id: found.id, before: before, event: event))
        return refused(found.state.rawValue)
    }

    private func refused(_ reason: String) -> OperatorID? {
        Counter(label: "gatehouse_operator_keys_refused_total", dimensions: [("reason", reason)]).increment()
        return nil
    }

    private func event(_ type: String, of id: OperatorID, _ requestID: String, _ at: Date) -> RecordPlatformEvent {
        RecordPlatformEvent(type: type, actor: "host", subject: id.description, requestID: requestID, at: at)
    }
}

/// An operator's name: 1 to 64 of letters, digits, `.`, `_`, `@` and `-`.
package struct OperatorName: Sendable {
    package let text: String

    package init?(_ text: String) {
        let isAllowed = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else { return nil }
        self.text = text
    }
}

/// An operator with a key that has just been made.
package struct NewOperator: Sendable {
    package let id: OperatorID
    package let key: SecretText
    /// When the key ends by itself; `nil` for never.
    package let expiresAt: Date?
    /// Until when the key before is good as well; `nil` where there was none.
    package let previousKeyUntil: Date?
}

/// An operator, without his key.
package struct OperatorRecord: Sendable {
    package let id: OperatorID
    package let name: String
    package let createdAt: Date
    package let expiresAt: Date?
    package let revokedAt: Date?
    /// Until when the key before the present one is, or was, good.
    package let previousKeyUntil: Date?

    package init(
        id: OperatorID, name: String, createdAt: Date, expiresAt: Date?, revokedAt: Date?, previousKeyUntil: Date?
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.previousKeyUntil = previousKeyUntil
    }
}
