internal import CLibPQ
internal import PluginKit

/// Reads libpq's result of one statement, whose values are in binary format.
struct ResultReader {
    let result: OpaquePointer

    func statementResult() throws(UnreadableColumn) -> StatementResult {
        let types = (0..<PQnfields(result)).map { PQftype(result, $0) }
        let count = PQntuples(result)
        var rows: [[SQLValue]] = []
        rows.reserveCapacity(Int(count))
        for row in 0..<count { rows.append(try values(ofRow: row, types: types)) }
        return StatementResult(rows: rows, affected: affected)
    }

    private func values(ofRow row: Int32, types: [Oid]) throws(UnreadableColumn) -> [SQLValue] {
        var values: [SQLValue] = []
        values.reserveCapacity(types.count)
        for (column, type) in types.enumerated() {
            values.append(try ValueDecoder.decode(bytes(row: row, column: Int32(column)), of: type))
        }
        return values
    }

    /// The value's bytes, which stay libpq's; `nil` for NULL.
    private func bytes(row: Int32, column: Int32) -> UnsafeRawBufferPointer? {
        guard PQgetisnull(result, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }

    /// The count in the command's tag; the tag of a command that touches no rows has none.
    private var affected: Int {
        PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }
}
