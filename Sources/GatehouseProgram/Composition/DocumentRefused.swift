import Kernel
import PluginKit

/// A document that the process itself reads cannot be used.
struct DocumentRefused: Error, CustomStringConvertible {
    let problems: [TenantFileProblem]

    init(_ path: String, _ problems: [SettingsProblem]) {
        self.problems = problems.map { TenantFileProblem($0, in: path) }
    }

    init(_ path: String, _ message: String, fix: String) {
        problems = [TenantFileProblem(file: path, message: message, fix: fix)]
    }

    var description: String { problems.map(\.description).joined(separator: "\n") }
}
