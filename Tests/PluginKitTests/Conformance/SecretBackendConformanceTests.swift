import PluginKit
import PluginTesting
import Synchronization
import Testing

@Suite("The suite for secret backends")
struct SecretBackendConformanceTests {
    @Test("has nothing to say of a good backend")
    func goodBackend() async {
        #expect(await violations(of: MemoryBackend<NoFlaw>.self) == [])
    }

    @Test("finds names that are not refused")
    func names() async {
        #expect(
            await violations(of: MemoryBackend<AnyNameFlaw>.self).contains {
                $0.rule == "names that escape are refused"
            })
    }

    @Test("finds invented, trimmed and cut values")
    func values() async {
        #expect(
            await violations(of: MemoryBackend<InventionFlaw>.self).contains { $0.rule == "a missing secret is nil" })
        #expect(
            await violations(of: MemoryBackend<TrimFlaw>.self).contains {
                $0.rule == "a value is returned byte for byte"
            })
        #expect(await violations(of: MemoryBackend<CutFlaw>.self).contains { $0.rule == "a huge value is never cut" })
    }

    @Test("finds values that are kept too long, and versions that stay the same")
    func staleness() async {
        let rules = await violations(of: MemoryBackend<StaleFlaw>.self).map(\.rule)
        #expect(rules.contains("a changed value is noticed"))
        #expect(rules.contains("a changed value has a new version"))
    }

    @Test("finds values that a failure takes away")
    func forgetfulness() async {
        let rules = await violations(of: MemoryBackend<ForgetFlaw>.self).map(\.rule)
        #expect(rules.contains("a passing failure returns the last good value"))
    }

    private func violations<F: Flaw>(of backend: MemoryBackend<F>.Type) async -> [ConformanceViolation] {
        let shelf = Shelf()
        return await SecretBackendConformance(
            .init(
                backend: { secrets in
                    for (name, value) in secrets { shelf.put(value, at: name) }
                    return MemoryBackend<F>(shelf: shelf)
                },
                change: { shelf.put($1, at: $0) }, interrupt: { shelf.put(nil, at: $0) })
        ).violations()
    }
}

/// What a backend keeps, within reach of a test.
private final class Shelf: Sendable {
    private let values = Mutex<[String: [UInt8]]>([:])

    func put(_ value: [UInt8]?, at name: String) { values.withLock { $0[name] = value } }

    func value(at name: String) -> [UInt8]? { values.withLock { $0[name] } }
}

/// A rule broken on purpose, or none.
private protocol Flaw: Sendable {
    static var takesAnyName: Bool { get }
    static var keepsFirst: Bool { get }
    static var forgets: Bool { get }
    static func alter(_ value: [UInt8]?) -> [UInt8]?
}

extension Flaw {
    static var takesAnyName: Bool { false }
    static var keepsFirst: Bool { false }
    static var forgets: Bool { false }
    static func alter(_ value: [UInt8]?) -> [UInt8]? { value }
}

private enum NoFlaw: Flaw {}
private enum AnyNameFlaw: Flaw { static let takesAnyName = true }
private enum StaleFlaw: Flaw { static let keepsFirst = true }
private enum ForgetFlaw: Flaw { static let forgets = true }
private enum InventionFlaw: Flaw { static func alter(_ value: [UInt8]?) -> [UInt8]? { value ?? [1] } }
private enum TrimFlaw: Flaw { static func alter(_ value: [UInt8]?) -> [UInt8]? { value?.filter { $0 != 0x20 } } }
private enum CutFlaw: Flaw { static func alter(_ value: [UInt8]?) -> [UInt8]? { value.map { Array($0.prefix(1000)) } } }

private final class MemoryBackend<F: Flaw>: SecretBackend {
    private let shelf: Shelf
    private let last = Mutex<[String: [UInt8]]>([:])

    init(shelf: Shelf) { self.shelf = shelf }

    func resolve(_ name: String) async throws -> ResolvedSecret? {
        guard Self.nameProblem(name) == nil else { return nil }
        let fresh = F.alter(shelf.value(at: name))
        let value = last.withLock { last in
            let known = last[name]
            let value = F.keepsFirst ? known ?? fresh : F.forgets ? fresh : fresh ?? known
            last[name] = value
            return value
        }
        return value.map { ResolvedSecret(value: SecretBytes($0), version: F.keepsFirst ? "1" : "\($0.hashValue)") }
    }

    static func nameProblem(_ name: String) -> String? {
        let isPlain =
            (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { (0x30...0x7A).contains($0) && $0 != 0x5C }
        return F.takesAnyName || isPlain ? nil : "must be plain"
    }
}
