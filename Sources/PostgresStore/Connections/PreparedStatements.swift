internal import PluginKit

/// Which statements one connection has prepared, and under which names. Holds at most `capacity`; the one unused for
/// longest makes room.
struct PreparedStatements {
    /// How a statement is to be sent.
    enum Use: Equatable {
        /// It is prepared under this name.
        case prepared(name: String)
        /// Prepare it under this name first, in the same flush.
        case prepare(name: String)
        /// Send it whole. Another transaction of the flush is about to prepare it and may fail before it does.
        case whole
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
        /// The transaction that sent the preparation whose outcome is not known yet.
        var preparedBy: UInt64?
    }

    private let capacity: Int
    private var entries: [EncodedStatement.Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var namesGiven = 0
    /// Names to be released on the server before the next transaction.
    private(set) var overdue: [String] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Says how to send `key` within `transaction`, and counts on its being sent so.
    mutating func use(_ key: EncodedStatement.Key, in transaction: UInt64) -> Use {
        uses += 1
        guard let entry = entries[key] else { return .prepare(name: add(key, in: transaction)) }
        guard entry.preparedBy == nil || entry.preparedBy == transaction else { return .whole }
        entries[key]?.lastUse = uses
        return .prepared(name: entry.name)
    }

    /// The server has prepared it, or refused to, or has skipped it after an earlier failure.
    mutating func settle(_ key: EncodedStatement.Key, isPrepared: Bool) {
        if isPrepared {
            entries[key]?.preparedBy = nil
        } else {
            entries[key] = nil
        }
    }

    /// The schema has changed under a prepared statement: it must be prepared anew.
    mutating func discard(_ key: EncodedStatement.Key) {
        guard let entry = entries[key], entry.preparedBy == nil else { return }
        entries[key] = nil
        overdue.append(entry.name)
    }

    /// Takes the names that are to be released now.
    mutating func takeOverdue() -> [String] {
        defer { overdue = [] }
        return overdue
    }

    private mutating func add(_ key: EncodedStatement.Key, in transaction: UInt64) -> String {
        makeRoom()
        namesGiven += 1
        let name = "gatehouse_\(namesGiven)"
        entries[key] = Entry(name: name, lastUse: uses, preparedBy: transaction)
        return name
    }

    private mutating func makeRoom() {
        guard entries.count >= capacity else { return }
        // One whose outcome is open is still needed under its name.
        let settled = entries.filter { $0.value.preparedBy == nil }
        guard let oldest = settled.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        entries[oldest.key] = nil
        overdue.append(oldest.value.name)
    }
}
