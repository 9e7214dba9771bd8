internal import PluginKit

/// Many at once, slow ones and cancelled ones.
extension SecretBackendConformance {
    func checkConcurrency(_ findings: inout Findings, _ rule: String) async throws {
        let value = Array("shared".utf8)
        let name = subject.wellFormedName("shared")
        let backend = try await subject.backend([name: value])
        let good = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { ((try? await backend.resolve(name)) ?? nil).holds(value) }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        findings.expect(good == 50, rule, "\(good) of 50 had it")
    }

    func checkSlowLookUp(_ findings: inout Findings, _ rule: String) async throws {
        guard let delay = subject.delay else { return }
        let value = Array("slow".utf8)
        let name = subject.wellFormedName("slow")
        let backend = try await subject.backend([name: value])
        let letOn = try await delay(name)
        let waiting = (0..<10).map { _ in Attempt { try await backend.resolve(name) } }
        await waiting[9].begin()
        await letOn()
        var good = 0
        for attempt in waiting where await attempt.found(within: subject.patience).holds(value) { good += 1 }
        findings.expect(good == 10, rule, "\(good) of 10 had it in time")
    }

    func checkNeighbours(_ findings: inout Findings, _ rule: String) async throws {
        guard let delay = subject.delay else { return }
        let value = Array("quick".utf8)
        let (slow, quick) = (subject.wellFormedName("stuck"), subject.wellFormedName("quick"))
        let backend = try await subject.backend([slow: value, quick: value])
        let letOn = try await delay(slow)
        let stuck = Attempt { try await backend.resolve(slow) }
        await stuck.begin()
        let other = Attempt { try await backend.resolve(quick) }
        let isQuick = await other.found(within: subject.patience).holds(value)
        findings.expect(isQuick, rule, "the other value did not come while the slow one was waited for")
        await letOn()
        _ = await stuck.found(within: subject.patience)
    }

    func checkPromptCancellation(_ findings: inout Findings, _ rule: String) async throws {
        guard let delay = subject.delay else { return }
        let value = Array("late".utf8)
        let name = subject.wellFormedName("late")
        let backend = try await subject.backend([name: value])
        let letOn = try await delay(name)
        let cancelled = Attempt { try await backend.resolve(name) }
        await cancelled.begin()
        let patient = Attempt { try await backend.resolve(name) }
        await patient.begin()
        cancelled.cancel()
        let isEnded = await cancelled.outcome(within: subject.patience) != nil
        findings.expect(isEnded, rule, "it went on as long as the look-up took")
        await letOn()
        let isGiven = await patient.found(within: subject.patience).holds(value)
        findings.expect(isGiven, rule, "whoever waited for the same secret did not have it in time")
        let later = Attempt { try await backend.resolve(name) }
        let isSound = await later.found(within: subject.patience).holds(value)
        findings.expect(isSound, rule, "whoever came later did not have the value in time")
    }

    func checkCancellation(_ findings: inout Findings, _ rule: String) async throws {
        let value = Array("still here".utf8)
        let name = subject.wellFormedName("cancelled")
        let backend = try await subject.backend([name: value])
        let attempt = Attempt { try await backend.resolve(name) }
        attempt.cancel()
        switch await attempt.outcome(within: subject.patience) {
        case .success(let found): findings.expect(found.holds(value), rule, "the cancelled call gave another value")
        case .failure(let error): findings.expect(error is CancellationError, rule, "the error was not a cancellation")
        case nil: findings.expect(false, rule, "the cancelled call did not end")
        }
        findings.expect(try await backend.resolve(name).holds(value), rule, "the next call gave another value")
    }
}
