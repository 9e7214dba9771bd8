import Cryptography
package import PluginKit

/// The kernel's columns of sealed values. The numbers are part of every ciphertext: they are added, never changed.
/// Those of the plugins stand between them; the view `gatehouse.sealed_cells` names them all.
extension CellColumn {
    package static let signingKeyPrivate = CellColumn(number: 1)
    package static let idempotencyBody = CellColumn(number: 2)
    package static let login = CellColumn(number: 3)
    package static let displayName = CellColumn(number: 4)
    package static let sessionOrigin = CellColumn(number: 5)
    package static let eventOrigin = CellColumn(number: 6)
    package static let invitationOffer = CellColumn(number: 7)
    package static let hashKey = CellColumn(number: 11)
    package static let keyCallerOrigin = CellColumn(number: 12)
    package static let tenantDocument = CellColumn(number: 13)
    package static let signUpLogin = CellColumn(number: 14)
}

extension Cell {
    /// The associated data: a length-prefixed list, so that no two lists are written alike.
    func associatedData(tenant: TenantID, key: DataKeyID) -> [UInt8] {
        var parts = [
            Array("gatehouse-cell-v1".utf8), tenant.rawValue.byteArray,
            withUnsafeBytes(of: column.number.bigEndian, Array.init), row, key.rawValue.byteArray,
        ]
        if let version { parts.append(withUnsafeBytes(of: version.bigEndian, Array.init)) }
        return LengthPrefixed.encode(parts)
    }
}
