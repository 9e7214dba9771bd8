public import Foundation

/// A tenant's keys as its providers may use them. The bytes of the keys stay where they are.
///
/// A sealed value (AES-256-GCM) names the key that sealed it and opens at its own ``Cell`` only: nowhere else in the
/// database, and in no other tenant. Keys rotate while the values stay readable.
public protocol TenantKeys: Sendable {
    func seal(_ plaintext: SecretBytes, at cell: Cell) async throws -> [UInt8]

    /// - Throws: where the value was made for another cell, was altered, or its key cannot be had.
    func open(_ sealed: [UInt8], at cell: Cell) async throws -> SecretBytes
}

/// A place in a tenant's part of the database that holds a sealed value.
public struct Cell: Sendable, Hashable {
    public let column: CellColumn
    /// The bytes of what identifies the row; most often of an identifier.
    public let row: [UInt8]
    /// What tells one value of this cell from the next, where an older one must not come back alone, such as the time
    /// of a change in another column; `nil` where that does not matter.
    public let version: Int64?

    public init(_ column: CellColumn, row: [UInt8], version: Int64? = nil) {
        self.column = column
        self.row = row
        self.version = version
    }

    public init<Kind>(_ column: CellColumn, row: Identifier<Kind>, version: Int64? = nil) {
        self.init(column, row: row.rawValue.byteArray, version: version)
    }

    /// A cell whose versions are told apart by a time in the same row, as the database keeps it: to the microsecond.
    public init<Kind>(_ column: CellColumn, row: Identifier<Kind>, changedAt: Date) {
        let microseconds = Int64((changedAt.timeIntervalSinceReferenceDate * 1_000_000).rounded())
        let reference = Int64(Date.timeIntervalBetween1970AndReferenceDate) * 1_000_000
        self.init(column, row: row, version: microseconds + reference)
    }
}

/// A column of sealed values. Its number is part of every ciphertext and of the view `gatehouse.sealed_cells`: numbers
/// are given once and never changed, whatever becomes of the names of tables and columns.
public struct CellColumn: Sendable, Hashable {
    public let number: UInt32

    public init(number: UInt32) {
        self.number = number
    }
}
