public import PluginKit

/// Checks a secret backend against the rules of ``PluginKit/SecretBackend``.
///
/// The suite works on names of its own choosing, which ``Subject/wellFormedName(_:)`` turns into names that the
/// backend takes; it leaves nothing behind but what the subject's closures leave.
public struct SecretBackendConformance<Backend: SecretBackend>: Sendable {
    /// A backend under test and the ways to work on what it keeps.
    public struct Subject: Sendable {
        /// Turns a word in lower case into a name of this backend.
        public var wellFormedName: @Sendable (String) -> String
        /// Gives the backend that holds exactly these secrets, or makes the backend hold them from now on.
        public var backend: @Sendable (_ holding: [String: [UInt8]]) async throws -> Backend
        /// Changes a secret under the backend's feet; `nil` where values cannot change while it lives.
        public var change: (@Sendable (_ name: String, _ value: [UInt8]) async throws -> Void)?
        /// Makes a secret unreadable for a while; `nil` where that cannot happen.
        public var interrupt: (@Sendable (_ name: String) async throws -> Void)?
        /// Whether values may be any bytes, not only text.
        public var takesBinary: Bool

        public init(
            wellFormedName: @escaping @Sendable (String) -> String = { $0 },
            takesBinary: Bool = true,
            backend: @escaping @Sendable ([String: [UInt8]]) async throws -> Backend,
            change: (@Sendable (String, [UInt8]) async throws -> Void)? = nil,
            interrupt: (@Sendable (String) async throws -> Void)? = nil
        ) {
            self.wellFormedName = wellFormedName
            self.takesBinary = takesBinary
            self.backend = backend
            self.change = change
            self.interrupt = interrupt
        }
    }

    private let subject: Subject

    public init(_ subject: Subject) {
        self.subject = subject
    }

    public func violations() async -> [ConformanceViolation] {
        var findings = Findings()
        await findings.rule("names that escape are refused", checkEscapingNames)
        await findings.rule("a missing secret is nil", checkMissing)
        await findings.rule("a value is returned byte for byte", checkValues)
        await findings.rule("a huge value is never cut", checkHugeValue)
        await findings.rule("a changed value is noticed", checkChange)
        await findings.rule("a passing failure returns the last good value", checkInterruption)
        await findings.rule("resolving at the same time gives everybody the value", checkConcurrency)
        await findings.rule("a cancelled resolve leaves the backend sound", checkCancellation)
        await findings.rule("a resolved secret does not show itself", checkSilence)
        return findings.violations
    }

    private static var escapingNames: [String] {
        [
            "", ".", "..", "../x", "/etc/passwd", "a/../b", "a/b", "a\\b", "a\u{0}b", "a\nb", "a b", "..\u{2f}\u{301}",
            "\u{ff0e}\u{ff0e}", "é", String(repeating: "a", count: 4096),
        ]
    }

    private func checkEscapingNames(_ findings: inout Findings) async throws {
        let backend = try await subject.backend([:])
        for (index, name) in Self.escapingNames.enumerated() {
            let rule = "names that escape are refused"
            findings.expect(
                Backend.nameProblem(name) != nil, rule, "name number \(index) of the suite counts as well-formed")
            let found = try? await backend.resolve(name)
            findings.expect(found == nil, rule, "name number \(index) of the suite was looked up and found")
        }
    }

    private func checkMissing(_ findings: inout Findings) async throws {
        let backend = try await subject.backend([subject.wellFormedName("present"): [1]])
        let missing = subject.wellFormedName("missing")
        findings.expect(Backend.nameProblem(missing) == nil, "a missing secret is nil", "the name itself is refused")
        let found = try await backend.resolve(missing)
        findings.expect(found == nil, "a missing secret is nil", "something was found")
    }

    private func checkValues(_ findings: inout Findings) async throws {
        var values: [[UInt8]] = [
            Array("plain".utf8), Array("pä55 w\u{1F512}rd = \"x\" $HOME".utf8), Array(" edges ".utf8),
        ]
        if subject.takesBinary { values.append((0...255).map { UInt8($0) }) }
        for (index, value) in values.enumerated() {
            let name = subject.wellFormedName("value\(index)")
            let found = try await subject.backend([name: value]).resolve(name)
            findings.expect(
                found.holds(value), "a value is returned byte for byte", "value number \(index) of the suite was not")
        }
    }

    private func checkHugeValue(_ findings: inout Findings) async throws {
        let value = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let name = subject.wellFormedName("huge")
        let backend = try await subject.backend([name: value])
        guard let found = try? await backend.resolve(name) else { return }
        findings.expect(
            found.value.count == value.count, "a huge value is never cut",
            "\(found.value.count) of \(value.count) bytes came back")
    }

    private func checkChange(_ findings: inout Findings) async throws {
        guard let change = subject.change else { return }
        let name = subject.wellFormedName("changing")
        let backend = try await subject.backend([name: Array("first".utf8)])
        let first = try await backend.resolve(name)
        // Both values have one length, so that a backend cannot notice by the size alone.
        try await change(name, Array("other".utf8))
        let second = try await backend.resolve(name)
        findings.expect(second.holds(Array("other".utf8)), "a changed value is noticed", "the old value came back")
        findings.expect(first?.version != second?.version, "a changed value has a new version", "both have one version")
    }

    private func checkInterruption(_ findings: inout Findings) async throws {
        guard let interrupt = subject.interrupt, let change = subject.change else { return }
        let rule = "a passing failure returns the last good value"
        let name = subject.wellFormedName("flapping")
        let backend = try await subject.backend([name: Array("good0".utf8)])
        for round in 0..<3 {
            let value = Array("good\(round)".utf8)
            try await change(name, value)
            findings.expect(
                try await backend.resolve(name).holds(value), rule, "round \(round): the value was not seen")
            try await interrupt(name)
            findings.expect(try await backend.resolve(name).holds(value), rule, "round \(round): the value was lost")
        }
    }

    private func checkConcurrency(_ findings: inout Findings) async throws {
        let value = Array("shared".utf8)
        let name = subject.wellFormedName("shared")
        let backend = try await subject.backend([name: value])
        let good = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { try await backend.resolve(name).holds(value) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        findings.expect(
            good == 50, "resolving at the same time gives everybody the value", "\(good) of 50 had it")
    }

    private func checkCancellation(_ findings: inout Findings) async throws {
        let rule = "a cancelled resolve leaves the backend sound"
        let value = Array("still here".utf8)
        let name = subject.wellFormedName("cancelled")
        let backend = try await subject.backend([name: value])
        let task = Task { try await backend.resolve(name) }
        task.cancel()
        switch await task.result {
        case .success(let found): findings.expect(found.holds(value), rule, "the cancelled call gave another value")
        case .failure(let error): findings.expect(error is CancellationError, rule, "the error was not a cancellation")
        }
        findings.expect(try await backend.resolve(name).holds(value), rule, "the next call gave another value")
    }

    private func checkSilence(_ findings: inout Findings) async throws {
        let name = subject.wellFormedName("quiet")
        let found = try await subject.backend([name: Array("canary-value".utf8)]).resolve(name)
        var shown = String(reflecting: found)
        dump(found, to: &shown)
        findings.expect(
            !shown.contains("canary-value"), "a resolved secret does not show itself", "its description holds the value"
        )
    }
}

extension ResolvedSecret? {
    /// Whether there is a secret and it is exactly `bytes`.
    fileprivate func holds(_ bytes: [UInt8]) -> Bool {
        self?.value.matches(SecretBytes(bytes)) ?? false
    }
}
