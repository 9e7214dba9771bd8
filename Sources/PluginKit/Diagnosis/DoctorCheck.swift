/// One thing that `gatehouse doctor` looks at; lives beside the concern it looks at.
///
/// A check only looks. It names no secret and no personal data, and takes a few seconds at most.
package protocol DoctorCheck: Sendable {
    /// What it looks at, in a few words: `database roles`.
    var subject: String { get }

    /// What it found, the good included. Where it could not look, it says so as a finding; it never throws.
    func findings() async -> [DoctorFinding]
}

/// One thing that a check found.
package struct DoctorFinding: Sendable, Equatable, Encodable {
    package enum Severity: String, Sendable, Encodable, Comparable, CaseIterable {
        case good
        /// Fine for trying out; mend it before real use.
        case note
        case warning
        /// Not safe to serve, or not able to.
        case critical

        package static func < (left: Severity, right: Severity) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    package let subject: String
    package let severity: Severity
    /// What is so, and why that matters.
    package let reason: String
    /// The command or setting that mends it; `nil` where nothing needs mending.
    package let remedy: String?

    package init(_ subject: String, _ severity: Severity, _ reason: String, remedy: String? = nil) {
        self.subject = subject
        self.severity = severity
        self.reason = reason
        self.remedy = remedy
    }
}
