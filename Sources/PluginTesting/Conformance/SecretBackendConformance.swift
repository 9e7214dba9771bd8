public import PluginKit

/// Checks a secret backend against the rules of ``PluginKit/SecretBackend``.
///
/// The suite works on names of its own choosing, which ``Subject/wellFormedName`` turns into names that the backend
/// takes; it leaves nothing behind but what the subject's closures leave. What a subject does not offer is not checked.
public struct SecretBackendConformance<Backend: SecretBackend>: Sendable {
    /// A backend under test and the ways to work on what it keeps.
    public struct Subject: Sendable {
        /// Turns a word in lower case into a name of this backend.
        public var wellFormedName: @Sendable (String) -> String
        /// Names beyond the suite's own that must be refused, such as `path/../other#field`;
        /// ``SecretBackendConformance/escapingParts`` helps to make them.
        public var escapingNames: [String]
        /// Whether values may be any bytes, not only text.
        public var takesBinary: Bool
        /// How long something may take that is to happen promptly.
        public var patience: Duration
        /// Gives the backend that holds exactly these secrets, or makes the backend hold them from now on. Throws
        /// where a value is more than the backend can be given.
        public var backend: @Sendable (_ holding: [String: [UInt8]]) async throws -> Backend
        /// Changes a secret under the backend's feet, and returns when the backend must have noticed; `nil` where
        /// values cannot change while it lives.
        public var change: (@Sendable (_ name: String, _ value: [UInt8]) async throws -> Void)?
        /// Makes a secret unreadable until it is changed; `nil` where that cannot happen.
        public var interrupt: (@Sendable (_ name: String) async throws -> Void)?
        /// Makes look-ups of a secret that is not known yet wait until what is returned is called, or a little longer;
        /// `nil` where none ever waits.
        public var delay: (@Sendable (_ name: String) async throws -> @Sendable () async -> Void)?

        public init(
            wellFormedName: @escaping @Sendable (String) -> String = { $0 },
            escapingNames: [String] = [],
            takesBinary: Bool = true,
            patience: Duration = .seconds(5),
            backend: @escaping @Sendable ([String: [UInt8]]) async throws -> Backend,
            change: (@Sendable (String, [UInt8]) async throws -> Void)? = nil,
            interrupt: (@Sendable (String) async throws -> Void)? = nil,
            delay: (@Sendable (String) async throws -> @Sendable () async -> Void)? = nil
        ) {
            self.wellFormedName = wellFormedName
            self.escapingNames = escapingNames
            self.takesBinary = takesBinary
            self.patience = patience
            self.backend = backend
            self.change = change
            self.interrupt = interrupt
            self.delay = delay
        }
    }

    let subject: Subject

    public init(_ subject: Subject) {
        self.subject = subject
    }

    /// What the backend does wrong, in the order of the rules.
    public func violations() async -> [ConformanceViolation] {
        var findings = Findings()
        for (rule, check) in rules { await findings.rule(rule) { try await check(&$0, rule) } }
        return findings.violations
    }

    typealias Check = (_ findings: inout Findings, _ rule: String) async throws -> Void

    private var rules: [(String, Check)] {
        [
            ("names that escape are refused", checkEscapingNames),
            ("a missing secret is nil", checkMissing),
            ("a value is returned byte for byte", checkValues),
            ("a huge value is never cut", checkHugeValue),
            ("a changed value is noticed", checkChange),
            ("a changed value has a new version", checkVersion),
            ("a watch sees a changed value", checkWatchedChange),
            ("a passing failure returns the last good value", checkInterruption),
            ("a watch outlives a passing failure", checkWatchedInterruption),
            ("resolving at the same time gives everybody the value", checkConcurrency),
            ("a slow look-up gives everybody the value", checkSlowLookUp),
            ("a slow look-up does not hold up another", checkNeighbours),
            ("a cancelled resolve ends promptly", checkPromptCancellation),
            ("a cancelled resolve leaves the backend sound", checkCancellation),
            ("a resolved secret does not show itself", checkSilence),
            ("a backend does not show what it holds", checkDescription),
        ]
    }
}

extension ResolvedSecret? {
    /// Whether there is a secret and it is exactly `bytes`.
    func holds(_ bytes: [UInt8]) -> Bool {
        self?.value.matches(SecretBytes(bytes)) ?? false
    }
}
