package import Foundation
package import PluginKit

/// The operators of the platform and their keys. A key opens the platform's routes and nothing inside a tenant.
package struct Operators: Sendable {
    private let database: any PlatformDatabase
    private let now: @Sendable () -> Date

    package init(database: any PlatformDatabase, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// Makes an operator with a key that exists only in this answer; `nil` where the name is taken.
    package func create(_ name: OperatorName, requestID: String) async throws -> NewOperator? {
        let id = OperatorID.make(at: now())
        let key = try OpaqueToken.make(.operatorKey)
        let event = RecordPlatformEvent(
            type: "operator.created", actor: "host", subject: id.description, requestID: requestID, at: now())
        do {
            _ = try await database.run([
                BoundStatement(InsertOperator(id: id, name: name.text, keyHash: key.hash, at: now())),
                BoundStatement(event),
            ])
        } catch DatabaseError.uniqueViolation {
            return nil
        }
        return NewOperator(id: id, key: key.text)
    }

    /// The operator whose key this is; `nil` for any other text.
    package func authenticate(_ text: SecretText) async throws -> OperatorID? {
        guard let key = OpaqueToken(.operatorKey, text: text) else { return nil }
        return try await database.first(FindOperatorByKey(keyHash: key.hash))
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

/// An operator that has just been made.
package struct NewOperator: Sendable {
    package let id: OperatorID
    package let key: SecretText
}
