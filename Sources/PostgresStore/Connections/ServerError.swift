internal import CLibPQ
internal import PluginKit

/// An error as the server reported it. Its message and detail may quote rows, so only code and constraint are kept.
struct ServerError: Error, Equatable {
    /// Five characters, as in appendix A of PostgreSQL's manual; empty where the connection itself failed.
    let sqlState: String
    let constraint: String

    init(_ result: OpaquePointer?) {
        sqlState = Self.field(.sqlState, of: result)
        constraint = Self.field(.constraintName, of: result)
    }

    init(sqlState: String) {
        self.sqlState = sqlState
        constraint = ""
    }

    /// Whether the statement was cancelled: by us, or by `statement_timeout`.
    var isCancellation: Bool { sqlState == "57014" }

    /// Whether a prepared statement no longer fits the schema ("cached plan must not change result type"), or is gone.
    var isAboutPreparation: Bool { sqlState == "0A000" || sqlState == "26000" }

    /// What the callers of the store are told.
    var databaseError: DatabaseError {
        switch sqlState {
        case "23505": .uniqueViolation(constraint: constraint)
        case "23503": .foreignKeyViolation(constraint: constraint)
        case "23514": .checkViolation(constraint: constraint)
        case "40001", "40P01": .serialization
        case "28000", "42501": .refused
        // Cancelled; no lock within `lock_timeout`; the transaction stood idle for too long.
        case "57014", "55P03", "25P03": .timedOut
        // No connection, or one that the server is about to end: it is full, starts, stops or has crashed.
        case "", "53300", "57P01", "57P02", "57P03": .unavailable
        case let code where code.utf8.starts(with: "08".utf8): .unavailable
        default: .failed(sqlState: sqlState)
        }
    }

    // libpq names the fields by character constants that Swift does not import.
    private enum Field: UnicodeScalar {
        case sqlState = "C"
        case constraintName = "n"
        case primaryMessage = "M"
    }

    /// The one line that says what is wrong. It may name objects, and holds no row.
    static func message(of result: OpaquePointer?) -> String { field(.primaryMessage, of: result) }

    private static func field(_ field: Field, of result: OpaquePointer?) -> String {
        PQresultErrorField(result, Int32(field.rawValue.value)).map { String(cString: $0) } ?? ""
    }
}
