internal import PluginKit
internal import Synchronization

/// Values that change, and values that cannot be had for a while.
extension SecretBackendConformance {
    func checkChange(_ findings: inout Findings, _ rule: String) async throws {
        guard let change = subject.change else { return }
        let name = subject.wellFormedName("changing")
        let backend = try await subject.backend([name: Array("first".utf8)])
        _ = try await backend.resolve(name)
        // Both values have one length, so that a backend cannot notice by the size alone.
        try await change(name, Array("other".utf8))
        findings.expect(
            try await backend.resolve(name).holds(Array("other".utf8)), rule, "the old value came back")
    }

    func checkVersion(_ findings: inout Findings, _ rule: String) async throws {
        guard let change = subject.change else { return }
        let name = subject.wellFormedName("versioned")
        let backend = try await subject.backend([name: Array("first".utf8)])
        let first = try await backend.resolve(name)
        let again = try await backend.resolve(name)
        try await change(name, Array("other".utf8))
        let second = try await backend.resolve(name)
        findings.expect(first?.version == again?.version, rule, "an unchanged value has two versions")
        findings.expect(first?.version != second?.version, rule, "both have one version")
    }

    func checkWatchedChange(_ findings: inout Findings, _ rule: String) async throws {
        guard let change = subject.change else { return }
        let name = subject.wellFormedName("watched")
        let values = ["first", "other", "third"].map { Array($0.utf8) }
        let backend = try await subject.backend([name: values[0]])
        let seen = await Self.watch(
            backend, name,
            between: [
                {}, { try await change(name, values[1]) }, {}, { try await change(name, values[2]) }, {},
            ])
        findings.expect(Self.are(seen, values), rule, "it gave \(seen.count) values for \(values.count), or others")
    }

    func checkInterruption(_ findings: inout Findings, _ rule: String) async throws {
        guard let interrupt = subject.interrupt, let change = subject.change else { return }
        let name = subject.wellFormedName("interrupted")
        let backend = try await subject.backend([name: Array("good-".utf8)])
        for round in 0..<3 {
            let value = Array("good\(round)".utf8)
            try await change(name, value)
            let isSeen = try await backend.resolve(name).holds(value)
            findings.expect(isSeen, rule, "round \(round): the value was not seen")
            try await interrupt(name)
            for _ in 0..<2 {
                let isKept = (try? await backend.resolve(name)).flatMap(\.self).holds(value)
                findings.expect(isKept, rule, "round \(round): the value was lost")
            }
        }
    }

    func checkWatchedInterruption(_ findings: inout Findings, _ rule: String) async throws {
        guard let interrupt = subject.interrupt, let change = subject.change else { return }
        let name = subject.wellFormedName("flapping")
        let values = (0..<4).map { Array("good\($0)".utf8) }
        let backend = try await subject.backend([name: values[0]])
        let steps: [Step] = values.dropFirst().flatMap { value -> [Step] in
            [{ try await interrupt(name) }, {}, { try await change(name, value) }]
        }
        let seen = await Self.watch(backend, name, between: steps)
        findings.expect(Self.are(seen, values), rule, "it gave \(seen.count) values for \(values.count), or others")
    }

    private typealias Step = @Sendable () async throws -> Void

    /// What a watch gives that takes one step in each of its pauses, and ends after the last.
    private static func watch(_ backend: Backend, _ name: String, between steps: [Step]) async -> [ResolvedSecret] {
        let taken = StepCounter()
        let stream = backend.watch(name) {
            guard let step = taken.next(of: steps.count) else { throw CancellationError() }
            try await steps[step]()
        }
        return await stream.reduce(into: []) { $0.append($1) }
    }

    private static func are(_ seen: [ResolvedSecret], _ values: [[UInt8]]) -> Bool {
        seen.count == values.count && zip(seen, values).allSatisfy { Optional($0).holds($1) }
    }
}

/// Counts the steps that were taken.
private final class StepCounter: Sendable {
    private let taken = Mutex(0)

    func next(of count: Int) -> Int? {
        taken.withLock { taken in
            defer { taken += 1 }
            return taken < count ? taken : nil
        }
    }
}
