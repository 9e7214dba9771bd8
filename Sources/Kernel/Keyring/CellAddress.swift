import Cryptography
package import PluginKit

/// The place in the database that a sealed value belongs to; it opens there and nowhere else.
package struct CellAddress: Sendable {
    /// Columns that hold sealed values. The numbers are part of every ciphertext: they are added, never changed.
    package enum Column: UInt32, Sendable {
        case signingKeyPrivate = 1
        case idempotencyBody = 2
    }

    package let column: Column
    /// The bytes of the row's key.
    package let row: [UInt8]

    package init(_ column: Column, row: [UInt8]) {
        self.column = column
        self.row = row
    }

    package init<Kind>(_ column: Column, row: Identifier<Kind>) {
        self.init(column, row: row.rawValue.byteArray)
    }

    /// The associated data: a length-prefixed list, so that no two lists are written alike.
    func associatedData(tenant: TenantID, key: DataKeyID) -> [UInt8] {
        LengthPrefixed.encode([
            Array("gatehouse-cell-v1".utf8), tenant.rawValue.byteArray,
            withUnsafeBytes(of: column.rawValue.bigEndian, Array.init), row, key.rawValue.byteArray,
        ])
    }
}
