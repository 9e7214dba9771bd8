import Foundation
import Kernel
import PluginKit

/// An operator's key that has just been made.
struct NewOperatorRow: Encodable {
    private let operatorID: OperatorID
    private let key: String
    private let expiresAt: Date?
    private let previousKeyUntil: Date?

    init(_ new: NewOperator) {
        operatorID = new.id
        key = new.key.withExposed { $0 }
        expiresAt = new.expiresAt
        previousKeyUntil = new.previousKeyUntil
    }

    private enum CodingKeys: String, CodingKey {
        case operatorID = "operatorId"
        case key, expiresAt, previousKeyUntil
    }
}

/// An operator as commands show him, without his key.
struct OperatorRow: Encodable {
    /// What his key is worth.
    enum State: String, Encodable {
        case active, expired, revoked
    }

    private let operatorID: OperatorID
    private let name: String
    let state: State
    private let createdAt: Date
    private let expiresAt: Date?
    private let revokedAt: Date?
    /// Only while the key before is good as well.
    let previousKeyUntil: Date?

    init(_ record: OperatorRecord, at now: Date) {
        operatorID = record.id
        name = record.name
        createdAt = record.createdAt
        expiresAt = record.expiresAt
        revokedAt = record.revokedAt
        let isExpired = record.expiresAt.map { $0 <= now } ?? false
        state = record.revokedAt != nil ? .revoked : isExpired ? .expired : .active
        previousKeyUntil = state == .revoked ? nil : record.previousKeyUntil.flatMap { $0 > now ? $0 : nil }
    }

    /// The row in words.
    var line: String {
        let end = expiresAt.map { ", ends \($0.formatted(.iso8601))" } ?? ""
        let previous = previousKeyUntil.map { ", its previous key good until \($0.formatted(.iso8601))" } ?? ""
        return "\(name) (\(operatorID)): \(state.rawValue), made \(createdAt.formatted(.iso8601))\(end)\(previous)"
    }

    private enum CodingKeys: String, CodingKey {
        case operatorID = "operatorId"
        case name, state, createdAt, expiresAt, revokedAt, previousKeyUntil
    }
}
