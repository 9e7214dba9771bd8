/// Something that must work for this process to serve, such as the database.
package struct ReadinessCheck: Sendable {
    /// What fails, in one word for operators: `database`.
    package let name: String
    /// Returns where all is well, throws where not, and gives up soon when its task is cancelled.
    package let run: @Sendable () async throws -> Void

    package init(_ name: String, run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.run = run
    }
}

/// Runs all checks at once, each within a deadline.
package struct Readiness: Sendable {
    private let checks: [ReadinessCheck]
    private let deadline: Duration

    package init(_ checks: [ReadinessCheck], deadline: Duration = .seconds(2)) {
        self.checks = checks
        self.deadline = deadline
    }

    /// The names of the checks that failed or took too long, in the order of the checks.
    package func failing() async -> [String] {
        await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await passes(check)) }
            }
            let failed = await group.reduce(into: Set<Int>()) { if !$1.1 { $0.insert($1.0) } }
            return failed.sorted().map { checks[$0].name }
        }
    }

    private func passes(_ check: ReadinessCheck) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await check.run()) != nil }
            group.addTask {
                try? await Task.sleep(for: deadline)
                return false
            }
            let isFirstDone = await group.next() ?? false
            group.cancelAll()
            return isFirstDone
        }
    }
}
