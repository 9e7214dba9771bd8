import Testing

/// Something that a scanner does not accept, with what to do instead.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    /// Counted from one.
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// Fails the running test, once for each finding.
func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
    for finding in findings { Issue.record("\(finding)", sourceLocation: sourceLocation) }
}
