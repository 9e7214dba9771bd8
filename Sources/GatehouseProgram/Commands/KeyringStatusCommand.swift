import ArgumentParser
import Foundation
import Kernel
import PluginKit

/// `gatehouse keyring status`: which keys there are, and what is on each of them.
struct KeyringStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show which keys there are, and what is on each of them.",
        discussion: """
            Of one tenant: its data keys and how many values each of them seals, by place. Of all tenants: how many data \
            keys each key-encryption key wraps. Exits with 1 while something is on a key that is on its way out. Hash keys \
            of API keys do not count there: secrets that were made with an old one keep it until they are over.
            """
    )

    @OptionGroup var options: ProcessOptions
    @OptionGroup var choice: TenantChoice

    func run() async throws {
        try await Installation.use(options) { [choice] installation in
            let current = try await installation.kernel.hierarchy.encryption.currentKeyID()
            let rows = try await installation.forEach(choice) { record in
                TenantKeysRow(
                    record, try await installation.rotation(of: record.id).status(),
                    try await installation.hashKeyRotation(of: record.id).status(), current: current)
            }
            let report = KeyringReport(keyEncryptionKey: current, tenants: rows)
            try installation.output.show(report) { choice.all ? report.summary : report.words }
            guard rows.allSatisfy(\.isSettled) else { throw ExitCode.refused }
        }
    }
}

/// What `keyring status` shows.
private struct KeyringReport: Encodable {
    let keyEncryptionKey: String
    let tenants: [TenantKeysRow]

    /// One tenant, key by key.
    var words: String { tenants.flatMap(\.lines).joined(separator: "\n") }

    /// All tenants, by key-encryption key.
    var summary: String {
        let keys = tenants.flatMap(\.keys)
        let counts = Dictionary(grouping: keys, by: \.keyEncryptionKey).mapValues(\.count)
        let lines = counts.sorted { $0.key < $1.key }.map { id, count in
            "\(count) data keys wrapped by \(id)\(id == keyEncryptionKey ? " (current)" : " (on its way out)")"
        }
        let unsettled = tenants.compactMap { tenant in tenant.remedy.map { "not settled: \(tenant.tenant); \($0)" } }
        return (lines + ["\(tenants.count) tenants"] + olderHashKeys + unsettled).joined(separator: "\n")
    }

    private var olderHashKeys: [String] {
        let turning = tenants.map(\.hashKeys).filter { $0.count > 1 }
        guard !turning.isEmpty else { return [] }
        let open = turning.flatMap { $0.dropFirst() }.reduce(0) { $0 + $1.openSecrets }
        return ["\(turning.count) tenants with older hash keys, which \(open) open secrets of API keys hang on"]
    }
}

/// The keys of one tenant, as the command prints them.
private struct TenantKeysRow: Encodable, Sendable {
    let tenant: String
    let keys: [DataKeyRow]
    let inTheClear: Int
    /// What API keys are hashed with, the newest first.
    let hashKeys: [HashKeyRow]
    /// Whether everything is on the keys that are to stay.
    let isSettled: Bool
    /// What settles it, where it is not.
    let remedy: String?

    init(_ record: TenantRecord, _ status: KeyringStatus, _ hashKeys: HashKeyStatus, current: String) {
        tenant = record.slug
        let keys = status.keys.map { DataKeyRow($0, cells: status.cells, current: current) }
        self.keys = keys
        self.hashKeys = HashKeyRow.rows(hashKeys)
        inTheClear = status.cells.filter { $0.key == nil }.reduce(0) { $0 + $1.count }
        isSettled = inTheClear == 0 && keys.allSatisfy(\.isSettled)
        remedy = isSettled ? nil : Self.remedy(record, inTheClear: inTheClear, keys, current: current)
    }

    var lines: [String] {
        var lines = ["tenant \(tenant)"] + keys.map(\.words)
        if inTheClear > 0 { lines.append("  in the clear: \(inTheClear) values") }
        lines += hashKeys.map(\.words)
        if let remedy { lines.append("not settled; \(remedy)") }
        return lines
    }

    private static func remedy(
        _ record: TenantRecord, inTheClear: Int, _ keys: [DataKeyRow], current: String
    ) -> String {
        guard keys.allSatisfy({ $0.keyEncryptionKey == current }) else {
            return "`gatehouse keyring rotate kek` finishes it"
        }
        if inTheClear > 0 { return "start `gatehouse serve` once, which seals what stands in the clear" }
        // A server seals with a key that was retired for as long as it remembers it as the active one.
        return "`gatehouse keyring rotate tenant --tenant \(record.slug)` finishes it, five minutes after the change"
    }
}

/// One data key, as the command prints it.
private struct DataKeyRow: Encodable, Sendable {
    let id: String
    let state: String
    let keyEncryptionKey: String
    let retiredAt: Date?
    let values: [String: Int]
    let isSettled: Bool

    init(_ key: StoredDataKey, cells: [SealedCellCount], current: String) {
        id = key.id.description
        state = key.state.rawValue
        keyEncryptionKey = key.wrapped.wrapperKeyID
        retiredAt = key.retiredAt
        let own = cells.filter { $0.key == key.id }
        values = Dictionary(own.map { ($0.place, $0.count) }, uniquingKeysWith: +)
        isSettled = keyEncryptionKey == current && (key.state == .active || (key.state == .retired && own.isEmpty))
    }

    var words: String {
        let places = values.sorted { $0.key < $1.key }.map { "    \($0.value) in \($0.key)" }
        let total = values.values.reduce(0, +)
        return (["  \(id) \(state), wrapped by \(keyEncryptionKey), seals \(total) values"] + places)
            .joined(separator: "\n")
    }
}
