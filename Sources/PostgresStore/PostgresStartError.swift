/// Why the database cannot be used, and what to do about it. Safe to show: it holds no secret.
package struct PostgresStartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let problem: String
    /// What the operator can do about it.
    package let remedy: String
    /// Whether the connection string itself is at fault: it cannot be read, or the server refuses its credentials.
    /// Another one may do better then.
    let blamesConnectionString: Bool

    package init(problem: String, remedy: String) {
        self.init(problem: problem, remedy: remedy, blamesConnectionString: false)
    }

    init(problem: String, remedy: String, blamesConnectionString: Bool) {
        self.problem = problem
        self.remedy = remedy
        self.blamesConnectionString = blamesConnectionString
    }

    package var description: String { "\(problem)\n  remedy: \(remedy)" }

    static let noDescriptors = PostgresStartError(
        problem: "the process may open no more files",
        remedy: "raise its limit of open files (LimitNOFILE= of the unit, ulimit -n)"
    )
}
