import Cryptography
package import Foundation
import Logging
import Metrics
package import PluginKit

/// One tenant's sealed values: what the kernel seals and opens with the tenant's keys as they are at this moment.
///
/// A value that does not open where it stands was moved or altered. That is logged, counted and recorded, and whatever
/// needed the value fails; nothing of it is given out.
package struct TenantCells: Sendable {
    package let keyring: TenantKeyring
    private let hierarchy: KeyHierarchy
    private let database: any TenantDatabase
    private let logger: Logger
    private let now: @Sendable () -> Date
    /// What the keys are read by where these do not suffice, while it holds locks; `nil` outside of any transaction.
    private var transaction: (any StatementRunner)?

    init(
        keyring: TenantKeyring, hierarchy: KeyHierarchy, database: any TenantDatabase, logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.keyring = keyring
        self.hierarchy = hierarchy
        self.database = database
        self.logger = logger
        self.now = now
    }

    /// The same for the use inside a transaction, which holds locks and must not wait for another connection.
    func inside(_ transaction: any StatementRunner) -> TenantCells {
        var cells = self
        cells.transaction = transaction
        return cells
    }

    package func seal(_ plaintext: [UInt8], at cell: Cell) throws -> [UInt8] {
        try keyring.seal(plaintext, at: cell)
    }

    func seal(_ text: String, at cell: Cell) throws -> [UInt8] {
        try seal(Array(text.utf8), at: cell)
    }

    /// - Throws: ``SealedValueRefused``, after it was recorded; or why the keys could not be had.
    package func open(_ sealed: [UInt8], at cell: Cell) async throws -> [UInt8] {
        do {
            return try await usableKeyring(for: sealed).open(sealed, at: cell)
        } catch is KeyringError {
            throw try await refused(cell)
        } catch is CryptographyError {
            throw try await refused(cell)
        }
    }

    func openText(_ sealed: [UInt8], at cell: Cell) async throws -> String {
        String(decoding: try await open(sealed, at: cell), as: UTF8.self)
    }

    func openText(ifAny sealed: [UInt8]?, at cell: Cell) async throws -> String? {
        guard let sealed else { return nil }
        return try await openText(sealed, at: cell)
    }

    /// The keyring, looked up anew where another node sealed with a key that was not there a moment ago.
    private func usableKeyring(for sealed: [UInt8]) async throws -> TenantKeyring {
        guard let id = TenantKeyring.keyID(of: sealed), keyring.keys[id] == nil else { return keyring }
        return try await reloaded()
    }

    /// The keyring as it stands in the database now.
    func reloaded() async throws -> TenantKeyring {
        if let transaction { return try await hierarchy.keyring(of: keyring.tenant, asSeenBy: transaction) }
        return try await hierarchy.reloadedKeyring(of: keyring.tenant, in: database)
    }

    /// Records that a stored value does not belong where it stands, and gives the error to throw.
    func refused(_ cell: Cell) async throws -> SealedValueRefused {
        let refused = SealedValueRefused(cell: cell)
        logger.critical("a sealed value was altered, or does not belong where it stands", metadata: refused.metadata)
        Counter(label: "gatehouse_sealed_values_refused").increment()
        let event = AuditEvent(
            .sealedValueRefused, .refused, reason: "not_authentic", actor: .system, subject: refused.place,
            origin: .host("keyring"))
        _ = try await database.run([
            BoundStatement(RecordAuditEvent(id: .make(at: now()), event: event, sealedOrigin: nil, at: now()))
        ])
        return refused
    }
}

/// A stored value that does not open where it stands.
package struct SealedValueRefused: Error, CustomStringConvertible {
    let cell: Cell

    /// The column's number and the row: `3:0190…`.
    var place: String { "\(cell.column.number):\(Hexadecimal.encode(cell.row))" }
    var metadata: Logger.Metadata { ["column": "\(cell.column.number)", "row": "\(Hexadecimal.encode(cell.row))"] }

    package var description: String { "the sealed value at \(place) was altered, or does not belong there" }
}

extension KeyHierarchy {
    /// The sealed values of `tenant`, under its keys as they are now.
    package func cells(of tenant: Tenant, now: @escaping @Sendable () -> Date) async throws -> TenantCells {
        let keyring = try await keyring(of: tenant.id, in: tenant.database)
        return TenantCells(
            keyring: keyring, hierarchy: self, database: tenant.database, logger: tenant.logger, now: now)
    }
}
