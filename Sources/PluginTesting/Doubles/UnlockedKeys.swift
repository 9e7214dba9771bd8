public import PluginKit

/// A tenant's keys that hide nothing, for tests of plugins: what was sealed for a cell opens at that cell only.
public struct UnlockedKeys: TenantKeys {
    public init() {}

    public func seal(_ plaintext: SecretBytes, at cell: Cell) async throws -> [UInt8] {
        Self.sealed(plaintext.withExposedBytes { Array($0) }, at: cell)
    }

    public func open(_ sealed: [UInt8], at cell: Cell) async throws -> SecretBytes {
        SecretBytes(try Self.opened(sealed, at: cell))
    }

    public static func sealed(_ plaintext: [UInt8], at cell: Cell) -> [UInt8] { mark(of: cell) + plaintext }

    /// - Throws: ``ElsewhereError`` for a value that was not sealed for this cell.
    public static func opened(_ sealed: [UInt8], at cell: Cell) throws -> [UInt8] {
        let mark = mark(of: cell)
        guard sealed.starts(with: mark) else { throw ElsewhereError() }
        return Array(sealed.dropFirst(mark.count))
    }

    /// A value that was sealed for another cell, or not at all.
    public struct ElsewhereError: Error {
        public init() {}
    }

    private static func mark(of cell: Cell) -> [UInt8] {
        Array("unlocked \(cell.column.number) \(cell.version ?? -1) \(cell.row.count) ".utf8) + cell.row
    }
}
