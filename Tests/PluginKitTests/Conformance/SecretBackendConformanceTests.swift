import PluginKit
import PluginTesting
import Testing

@Suite("The suite for secret backends")
struct SecretBackendConformanceTests {
    @Test("has nothing to say of a good backend")
    func goodBackend() async {
        #expect(await violations(of: MemoryBackend<NoFlaw>.self) == [])
    }

    @Test("asks nothing of a subject that it does not offer")
    func plainSubject() async {
        let shelf = Shelf()
        let suite = SecretBackendConformance(.init(backend: { MemoryBackend<NoFlaw>(shelf: shelf, holding: $0) }))
        #expect(await suite.violations() == [])
    }

    @Test("finds names that are not refused, among the suite's own and among the subject's")
    func names() async {
        #expect(await rules(of: MemoryBackend<AnyNameFlaw>.self).contains("names that escape are refused"))
        let found = await violations(of: MemoryBackend<NoFlaw>.self) { $0.escapingNames = ["well-formed"] }
        #expect(found.map(\.rule) == ["names that escape are refused"])
    }

    @Test("finds invented, trimmed, garbled and cut values")
    func values() async {
        #expect(await rules(of: MemoryBackend<InventionFlaw>.self).contains("a missing secret is nil"))
        #expect(await rules(of: MemoryBackend<TrimFlaw>.self).contains("a value is returned byte for byte"))
        #expect(await rules(of: MemoryBackend<TextFlaw>.self) == ["a value is returned byte for byte"])
        #expect(await rules(of: MemoryBackend<CutFlaw>.self) == ["a huge value is never cut"])
        #expect(await rules(of: MemoryBackend<HugeIsNoneFlaw>.self) == ["a huge value is never cut"])
        #expect(await rules(of: MemoryBackend<QuotingFlaw>.self) == ["a huge value is never cut"])
    }

    @Test("takes a backend for text that says so, and one that refuses what is huge")
    func narrowBackends() async {
        let found = await violations(of: MemoryBackend<TextFlaw>.self) { $0.takesBinary = false }
        #expect(found == [])
        #expect(await violations(of: MemoryBackend<SmallFlaw>.self) == [])
    }

    @Test("finds values that are kept too long, and versions that stay the same or never do")
    func staleness() async {
        let stale = await rules(of: MemoryBackend<StaleFlaw>.self)
        #expect(
            stale.isSuperset(of: [
                "a changed value is noticed", "a changed value has a new version", "a watch sees a changed value",
            ]))
        #expect(await rules(of: MemoryBackend<OneVersionFlaw>.self) == ["a changed value has a new version"])
        #expect(await rules(of: MemoryBackend<RestlessFlaw>.self).contains("a changed value has a new version"))
        #expect(await rules(of: MemoryBackend<RestlessFlaw>.self).contains("a watch sees a changed value"))
    }

    @Test("finds values that a failure takes away, for a moment or for good")
    func forgetfulness() async {
        #expect(
            await rules(of: MemoryBackend<ForgetFlaw>.self) == ["a passing failure returns the last good value"])
        let broken = await rules(of: MemoryBackend<BreakFlaw>.self)
        #expect(broken.contains("a passing failure returns the last good value"))
        #expect(broken.contains("a watch outlives a passing failure"))
    }

    @Test("finds backends that give up under load, and those where one waits for all")
    func load() async {
        #expect(
            await rules(of: MemoryBackend<NarrowFlaw>.self).contains(
                "resolving at the same time gives everybody the value"))
        #expect(await rules(of: MemoryBackend<ImpatientFlaw>.self).contains("a slow look-up gives everybody the value"))
        #expect(
            await rules(of: MemoryBackend<QueueFlaw>.self).contains("a slow look-up does not hold up another"))
    }

    @Test("finds resolves that cannot be cancelled, and those that take others with them")
    func cancellation() async {
        #expect(await rules(of: MemoryBackend<StubbornFlaw>.self).contains("a cancelled resolve ends promptly"))
        #expect(await rules(of: MemoryBackend<PoisonFlaw>.self).contains("a cancelled resolve ends promptly"))
        #expect(
            await rules(of: MemoryBackend<PoisonFlaw>.self).contains("a cancelled resolve leaves the backend sound"))
    }

    @Test("finds values in descriptions")
    func silence() async {
        #expect(await rules(of: MemoryBackend<TalkativeFlaw>.self) == ["a resolved secret does not show itself"])
        #expect(await rules(of: MemoryBackend<ShowingFlaw>.self) == ["a backend does not show what it holds"])
    }

    private func rules<F: Flaw>(of backend: MemoryBackend<F>.Type) async -> Set<String> {
        Set(await violations(of: backend).map(\.rule))
    }

    private func violations<F: Flaw>(
        of backend: MemoryBackend<F>.Type,
        _ adjust: (inout SecretBackendConformance<MemoryBackend<F>>.Subject) -> Void = { _ in }
    ) async -> [ConformanceViolation] {
        let shelf = Shelf()
        var subject = SecretBackendConformance<MemoryBackend<F>>.Subject(
            patience: .milliseconds(F.isLate ? 400 : 10_000),
            backend: { MemoryBackend<F>(shelf: shelf, holding: $0) },
            change: { shelf.put($1, at: $0) }, interrupt: { shelf.put(nil, at: $0) }, delay: { shelf.delay($0) })
        adjust(&subject)
        return await SecretBackendConformance(subject).violations()
    }
}
