package import PluginKit

/// One thing wrong with the tenant files, with its place and its remedy.
package struct TenantFileProblem: Sendable, Equatable, Encodable {
    /// The path of the file or folder.
    package let file: String
    /// Counted from one; `nil` where the whole file or folder is meant.
    package let line: Int?
    /// The keys from the top of the file, with dots between; empty where no key is meant.
    package let key: String
    /// What is wrong. Never holds a secret.
    package let message: String
    /// How to mend it.
    package let fix: String

    package init(_ problem: SettingsProblem, in file: String) {
        self.init(file: file, line: problem.line, key: problem.key, message: problem.message, fix: problem.fix)
    }

    package init(file: String, line: Int? = nil, key: String = "", message: String, fix: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
        self.fix = fix
    }
}

extension TenantFileProblem: CustomStringConvertible {
    /// As compilers write it: `tenants/acme.yaml:14: policy.attempts: must be …, is …; write …`.
    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "\(place): \(key.isEmpty ? "" : key + ": ")\(message); \(fix)"
    }
}
