internal import PluginKit

/// Names and values, as they are while nothing happens.
extension SecretBackendConformance {
    /// What no part of any name may be, alone or within a name.
    public static var escapingParts: [String] {
        [
            "", ".", "..", "../x", "a/../b", "a//b", "a\\b", "a\u{0}b", "a\nb", "a\r\n", "a\tb", "a b", " a", "a%2fb",
            "%2e%2e", "a?b=c", "a*", "\u{ff0e}\u{ff0e}", "..\u{2f}\u{301}", "\u{e9}", "e\u{301}", "a\u{202e}b",
            String(repeating: "a", count: 4096),
        ]
    }

    /// Each of them is a bad name for every backend: for those with folders and those with fields, too.
    private static var escapingNames: [String] {
        escapingParts + [
            "/etc/passwd", "a/b", "a/", "/a", "#", "a#", "#a", "a#b#c", "../a#b", "a/../b#c", "a//b#c", "/a#b", "a#b/c",
            "a#b c", "a\u{0}#b",
        ]
    }

    func checkEscapingNames(_ findings: inout Findings, _ rule: String) async throws {
        let backend = try await subject.backend([:])
        for (index, name) in (Self.escapingNames + subject.escapingNames).enumerated() {
            findings.expect(
                Backend.nameProblem(name) != nil, rule, "name number \(index) of the suite counts as well-formed")
            let found = try? await backend.resolve(name)
            findings.expect(found == nil, rule, "name number \(index) of the suite was looked up and found")
        }
    }

    func checkMissing(_ findings: inout Findings, _ rule: String) async throws {
        let backend = try await subject.backend([subject.wellFormedName("present"): [0x31]])
        let missing = subject.wellFormedName("missing")
        findings.expect(Backend.nameProblem(missing) == nil, rule, "the name itself is refused")
        let found = try await backend.resolve(missing)
        findings.expect(found == nil, rule, "something was found")
    }

    func checkValues(_ findings: inout Findings, _ rule: String) async throws {
        var values: [[UInt8]] = [
            Array("plain".utf8), Array("pä55 w\u{1F512}rd = \"x\" $HOME".utf8), Array(" edges ".utf8),
            Array("two\r\nlines".utf8), Array("e\u{301}".utf8),
        ]
        if subject.takesBinary {
            values += [(0...255).map { UInt8($0) }, [0], [0xFF, 0xFE, 0xC0, 0x80], Array("text".utf8) + [0]]
        }
        for (index, value) in values.enumerated() {
            let name = subject.wellFormedName("value\(index)")
            let found = try await subject.backend([name: value]).resolve(name)
            findings.expect(found.holds(value), rule, "value number \(index) of the suite was not")
        }
    }

    func checkHugeValue(_ findings: inout Findings, _ rule: String) async throws {
        for size in [1 << 14, 1 << 16 + 1, 1 << 20] {
            // No two parts of it are alike, so that a part missing in the middle shows.
            let value = Array((0..<size / 8).map { String(0x1000_0000 + $0, radix: 16) }.joined().utf8)
            let name = subject.wellFormedName("huge")
            guard let backend = try? await subject.backend([name: value]) else { return }
            do {
                let found = try await backend.resolve(name)
                findings.expect(found != nil, rule, "\(value.count) bytes counted as none")
                findings.expect(
                    found == nil || found.holds(value), rule,
                    "\(found?.value.count ?? 0) bytes came back of \(value.count), or others")
            } catch {
                findings.expect(!Self.shows(error, "10000000"), rule, "the error that refuses it holds the value")
            }
        }
    }

    func checkSilence(_ findings: inout Findings, _ rule: String) async throws {
        let name = subject.wellFormedName("quiet")
        let found = try await subject.backend([name: Array("canary-value".utf8)]).resolve(name)
        var dumped = ""
        dump(found, to: &dumped)
        let isShown = dumped.contains("canary-value") || Self.shows(found as Any, "canary-value")
        findings.expect(!isShown, rule, "its description holds the value")
    }

    func checkDescription(_ findings: inout Findings, _ rule: String) async throws {
        let name = subject.wellFormedName("silent")
        let backend = try await subject.backend([name: Array("canary-value".utf8)])
        _ = try await backend.resolve(name)
        findings.expect(!Self.shows(backend, "canary-value"), rule, "its description holds a value")
    }

    private static func shows(_ something: Any, _ text: String) -> Bool {
        [String(describing: something), String(reflecting: something)].contains { $0.contains(text) }
    }
}
