internal import MigrationFiles

/// How the database's schema compares with the program's.
package struct MigrationPlan: Sendable, Equatable {
    /// What has run, in order.
    package let applied: [String]
    /// What would run, in order.
    package let pending: [String]
    /// Why nothing may run: one sentence per contradiction between the database's history and the program's files.
    package let drift: [String]

    /// Whether the program and its database belong together as they are.
    package var isCurrent: Bool { pending.isEmpty && drift.isEmpty }
}

extension MigrationPlan {
    /// The plan for a database that has seen no migration.
    init(fresh files: [MigrationFile]) {
        self.init(applied: [], pending: files.map(\.name), drift: [])
    }

    init(comparing rows: [CompareMigrations.Row]) {
        applied = rows.filter(\.isApplied).map(\.name)
        pending = rows.filter { !$0.isApplied }.map(\.name)
        let lastApplied = applied.last
        drift = rows.compactMap { Self.contradiction(in: $0, lastApplied: lastApplied) }
    }

    private static func contradiction(in row: CompareMigrations.Row, lastApplied: String?) -> String? {
        switch (row.isKnown, row.isApplied) {
        case (false, _): "\(row.name) has run, and this program does not know it: the database is of a newer release"
        case (true, true) where !row.isUnchanged: "\(row.name) was changed after it had run"
        case (true, false) where row.name < lastApplied ?? "": "\(row.name) has not run, but later ones have"
        default: nil
        }
    }
}
