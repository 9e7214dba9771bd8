import Foundation
import PluginKit
import Synchronization
import Testing

@Suite("Watching a secret")
struct SecretWatchTests {
    @Test("the present value comes at once, without a pause")
    func presentValue() async {
        let script = WatchScript(.value("one", version: "1"))
        #expect(await script.seen() == ["one"])
        #expect(script.pauses == 1)
    }

    @Test("each value comes once, however often it is looked at")
    func changes() async {
        let script = WatchScript(
            .value("one", version: "1"), .value("one", version: "1"), .value("two", version: "2"),
            .value("two", version: "2"), .value("three", version: "3"))
        #expect(await script.seen() == ["one", "two", "three"])
    }

    @Test("a change there and back between two looks is told, and so is one that the version does not show")
    func subtleChanges() async {
        let script = WatchScript(
            .value("one", version: "1"), .value("one", version: "3"), .value("two", version: "3"))
        #expect(await script.seen() == ["one", "one", "two"])
    }

    @Test("a secret that is missing, gone or out of reach is no end, and no change when it is back")
    func flapping() async {
        let script = WatchScript(
            .absent, .failure, .value("one", version: "1"), .failure, .value("one", version: "1"), .absent,
            .value("one", version: "1"), .failure, .cancellation, .value("two", version: "2"))
        #expect(await script.seen() == ["one", "two"])
    }

    @Test("a value that could not be confirmed is no change")
    func unconfirmed() async {
        let script = WatchScript(.value("one", version: "1"), .unconfirmed("one", version: "1"))
        #expect(await script.seen() == ["one"])
    }

    @Test("there is one pause between two looks, and no look while nobody asks")
    func pace() async {
        let script = WatchScript(
            .value("one", version: "1"), .absent, .value("two", version: "2"), .value("three", version: "3"))
        var iterator = script.watch().makeAsyncIterator()
        #expect(script.looks == 0)
        #expect(await iterator.next() != nil)
        #expect((script.looks, script.pauses) == (1, 0))
        #expect(await iterator.next() != nil)
        #expect((script.looks, script.pauses) == (3, 2))
    }

    @Test("a change while the consumer is busy is told when it asks again, as it is then")
    func slowConsumer() async {
        let shelf = Mutex(1)
        let backend = CountingBackend { shelf.withLock { $0 } }
        var iterator = backend.watch("secret") {}.makeAsyncIterator()
        #expect(await iterator.next()?.version == "1")
        shelf.withLock { $0 = 2 }
        shelf.withLock { $0 = 3 }
        #expect(await iterator.next()?.version == "3")
    }

    @Test("a cancelled consumer is let go, in the middle of a pause and in the middle of a look")
    func cancellation() async {
        for hangs in [false, true] {
            let reached = AsyncStream<Void>.makeStream()
            let backend = CountingBackend(hangs: hangs) {
                if hangs { reached.continuation.yield() }
                return 1
            }
            let stream = backend.watch("secret") {
                reached.continuation.yield()
                try await Task.sleep(for: .seconds(3600))
            }
            let consumer = Task { await stream.reduce(into: 0) { count, _ in count += 1 } }
            for await _ in reached.stream { break }
            consumer.cancel()
            #expect(await consumer.value == (hangs ? 0 : 1))
        }
    }

    @Test("an interval of nothing does not become a busy loop")
    func shortInterval() async {
        let looks = Mutex(0)
        let backend = CountingBackend {
            looks.withLock { count in
                count += 1
                return count
            }
        }
        let start = ContinuousClock.now
        for await found in backend.watch("secret", every: .zero) where found.version == "6" { break }
        #expect(ContinuousClock.now - start >= .milliseconds(50))
    }
}

/// A backend that answers look after look as scripted. The watch ends at the pause after the last.
private final class WatchScript: SecretBackend {
    enum Look: Sendable {
        case value(String, version: String)
        case unconfirmed(String, version: String)
        case absent, failure, cancellation
    }

    private struct Ended: Error {}

    private let script: [Look]
    private let state = Mutex((looks: 0, pauses: 0))

    init(_ script: Look...) { self.script = script }

    var looks: Int { state.withLock { $0.looks } }
    var pauses: Int { state.withLock { $0.pauses } }

    func watch() -> AsyncStream<ResolvedSecret> {
        watch("secret") { [self] in
            try state.withLock { state in
                state.pauses += 1
                if state.looks == script.count { throw Ended() }
            }
        }
    }

    /// What the watch gave until the script's end.
    func seen() async -> [String] {
        await watch().reduce(into: []) { values, found in
            values.append(found.value.withExposedBytes { String(decoding: $0, as: UTF8.self) })
        }
    }

    func resolve(_ name: String) async throws -> ResolvedSecret? {
        let look = state.withLock { state in
            defer { state.looks += 1 }
            return script[state.looks]
        }
        switch look {
        case .value(let text, let version):
            return ResolvedSecret(value: SecretText(text).bytes, version: version)
        case .unconfirmed(let text, let version):
            return ResolvedSecret(
                value: SecretText(text).bytes, version: version, unconfirmedSince: Date(timeIntervalSince1970: 0))
        case .absent: return nil
        case .failure: throw SecretBackendError("reading the secret: as scripted")
        case .cancellation: throw CancellationError()
        }
    }

    static func nameProblem(_ name: String) -> String? { nil }
}

/// A backend whose value is its version; it can hang until it is cancelled.
private final class CountingBackend: SecretBackend {
    private let hangs: Bool
    private let version: @Sendable () -> Int

    init(hangs: Bool = false, _ version: @escaping @Sendable () -> Int) {
        self.hangs = hangs
        self.version = version
    }

    func resolve(_ name: String) async throws -> ResolvedSecret? {
        let version = version()
        if hangs { try await Task.sleep(for: .seconds(3600)) }
        return ResolvedSecret(value: SecretBytes([UInt8(clamping: version)]), version: "\(version)")
    }

    static func nameProblem(_ name: String) -> String? { nil }
}
