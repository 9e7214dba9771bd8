/// What libpq says, at its most verbose, of a connection that did not come about.
struct ConnectionRefusal {
    /// On one line, without what only the server's authors need to know.
    let message: String
    /// Whether the server refuses the password (28P01) or the role (28000).
    let isAboutCredentials: Bool

    init(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }
        message = lines.joined(separator: "; ")
        // After the severity, which may be in any language: `FATAL:  28P01: password authentication failed …`.
        isAboutCredentials = lines.contains { $0.contains(":  28P01: ") || $0.contains(":  28000: ") }
    }
}
