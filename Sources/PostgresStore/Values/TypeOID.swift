internal import CLibPQ

/// The object identifiers of PostgreSQL's built-in types that travel as an `SQLValue`. They are the same on every server.
enum TypeOID {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let name: Oid = 19
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let json: Oid = 114
    static let textArray: Oid = 1009
    static let bpchar: Oid = 1042
    static let varchar: Oid = 1043
    static let timestamptz: Oid = 1184
    /// What a function returns that returns nothing.
    static let void: Oid = 2278
    static let uuid: Oid = 2950
    static let uuidArray: Oid = 2951
    static let jsonb: Oid = 3802
}
