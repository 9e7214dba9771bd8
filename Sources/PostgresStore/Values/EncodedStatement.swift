internal import CLibPQ
internal import Foundation
internal import PluginKit

/// A statement in PostgreSQL's binary format, ready to be sent. Made on the caller's thread, so that the threads of the
/// connections only carry bytes.
struct EncodedStatement: Sendable {
    /// Tells prepared statements apart: the same text with parameters of other types is another statement.
    struct Key: Hashable, Sendable {
        let sql: SQL
        let types: [Oid]

        // Statements are many and long: most are told apart by their length, and hashing all of their text each time
        // would take longer than the rest of sending them.
        func hash(into hasher: inout Hasher) {
            hasher.combine(sql.text.utf8.count)
            hasher.combine(types.count)
        }
    }

    let key: Key
    /// All values, one after the other, behind one byte that keeps the address of an empty value from being null.
    private let bytes: [UInt8]
    /// Where each value lies in `bytes`; `nil` is NULL.
    private let values: [Range<Int>?]

    /// - Throws: ``DatabaseError/failed(sqlState:)`` with the SQLSTATE that the server would give: 22021 for text that
    ///   holds U+0000, 22008 for a time that PostgreSQL cannot hold.
    init(_ statement: BoundStatement) throws(DatabaseError) {
        var encoder = ValueEncoder()
        var types: [Oid] = []
        var values: [Range<Int>?] = []
        for parameter in statement.parameters {
            types.append(parameter.typeOID)
            values.append(try encoder.append(parameter))
        }
        key = Key(sql: statement.sql, types: types)
        bytes = encoder.bytes
        self.values = values
    }

    /// The parameters as libpq takes them, valid for the length of `body`.
    func withParameters<Value>(
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Value
    ) -> Value {
        bytes.withUnsafeBytes { buffer in
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            return body(
                values.map { range in range.flatMap { start?.advanced(by: $0.lowerBound) } },
                values.map { Int32($0?.count ?? 0) },
                values.map { _ in ValueFormat.binary }
            )
        }
    }
}

/// libpq's codes for the format of a value.
enum ValueFormat {
    static let binary: Int32 = 1
}

extension SQLValue {
    /// The type under which the value is sent.
    fileprivate var typeOID: Oid {
        switch self {
        case .text: TypeOID.text
        case .bytes: TypeOID.bytea
        case .int: TypeOID.int8
        case .bool: TypeOID.bool
        case .uuid: TypeOID.uuid
        case .time: TypeOID.timestamptz
        case .texts: TypeOID.textArray
        case .uuids: TypeOID.uuidArray
        }
    }
}
