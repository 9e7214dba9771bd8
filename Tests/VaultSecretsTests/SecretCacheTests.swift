import Foundation
import PluginKit
import PluginTesting
import Synchronization
import Testing

@testable import VaultSecrets

@Suite("What is remembered of Vault")
struct SecretCacheTests {
    private let clock = FixedClock()
    private let log = CapturedLog()
    private let vault = ScriptedVault()
    private let cache: SecretCache

    init() {
        let vault = vault
        cache = SecretCache(
            refresh: .seconds(30), timeToLive: .seconds(3600), clock: .still(clock),
            metrics: VaultMetrics(name: "acme"),
            logger: log.logger
        ) { path async throws(VaultProblem) in try await vault.look(path) }
    }

    @Test("one look serves all fields of a path and everybody who waits")
    func oneLook() async throws {
        vault.set("acme", ["pepper": "one", "salt": "two"], version: 1)
        let found = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<50 { group.addTask { try await text(index.isMultiple(of: 2) ? "pepper" : "salt") } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(found == ["one", "two"])
        #expect(vault.looks == 1)
    }

    @Test("a known value is given at once while Vault is slow, and the change is seen after it")
    func nobodyWaits() async throws {
        vault.set("acme", ["pepper": "old"], version: 1)
        #expect(try await text("pepper") == "old")
        vault.set("acme", ["pepper": "new"], version: 2)
        #expect(try await text("pepper") == "old", "it was looked at just now")
        clock.advance(by: .seconds(30))
        let gate = vault.hold()
        for _ in 0..<10 { #expect(try await text("pepper") == "old") }
        gate.open()
        await cache.lookAtDue()
        let found = try #require(try await cache.resolve(name("pepper")))
        #expect(found.text == "new")
        #expect(found.version == "v2")
        #expect(found.changedAt == ScriptedVault.changedAt)
        #expect(vault.looks == 2)
    }

    @Test("the last good value serves through failures, says since when, and is refused after its time to live")
    func lastGood() async throws {
        vault.set("acme", ["pepper": "good"], version: 1)
        _ = try await text("pepper")
        let confirmed = clock.now
        vault.fail(with: .sealed)
        for _ in 0..<100 {
            clock.advance(by: .seconds(30))
            await cache.lookAtDue()
            let found = try #require(try await cache.resolve(name("pepper")))
            #expect(found.text == "good")
            #expect(found.unconfirmedSince == confirmed)
        }
        clock.set(to: confirmed + 3600)
        await #expect(throws: VaultProblem.sealed) { try await text("pepper") }
        #expect(log.lines.count { $0.hasPrefix("warning") } == 1, "an outage is told once")
        vault.fail(with: nil)
        #expect(try await text("pepper") == "good", "a value beyond its time is asked for again")
        #expect(try await cache.resolve(name("pepper"))?.unconfirmedSince == nil)
        #expect(log.lines.count { $0.hasPrefix("notice") } == 1)
    }

    @Test("after a failure Vault is looked at sooner again")
    func soonerAfterFailure() async throws {
        vault.set("acme", ["pepper": "good"], version: 1)
        _ = try await text("pepper")
        clock.advance(by: .seconds(30))
        vault.fail(with: .timedOut)
        await cache.lookAtDue()
        vault.fail(with: nil)
        clock.advance(by: .seconds(5))
        await cache.lookAtDue()
        #expect(try await cache.resolve(name("pepper"))?.unconfirmedSince == nil)
    }

    @Test("nothing at a path, and no such field, are no secret; a failure at the first look is an error")
    func absence() async throws {
        #expect(try await text("pepper") == nil)
        vault.set("acme", ["salt": "x"], version: 1)
        #expect(try await text("pepper") == nil)
        #expect(try await text("salt") == "x")
        vault.fail(with: .forbidden)
        let other = try #require(VaultPath("other#pepper"))
        await #expect(throws: VaultProblem.forbidden) { try await cache.resolve(other) }
    }

    @Test("what was certainly not there is still not there while Vault is away, for as long as a value would serve")
    func absenceInOutage() async throws {
        vault.set("acme", ["salt": "x"], version: 1)
        let elsewhere = try #require(VaultPath("other#pepper"))
        #expect(try await text("pepper") == nil)
        #expect(try await cache.resolve(elsewhere) == nil)
        vault.fail(with: .sealed)
        for _ in 0..<3 {
            clock.advance(by: .seconds(30))
            #expect(try await text("pepper") == nil)
            #expect(try await cache.resolve(elsewhere) == nil)
        }
        clock.advance(by: .seconds(3600))
        await #expect(throws: VaultProblem.sealed) { try await text("pepper") }
        await #expect(throws: VaultProblem.sealed) { try await cache.resolve(elsewhere) }
    }

    @Test("who knows of a change sees it at once, and not more than once a second")
    func lookAgain() async throws {
        vault.set("acme", ["pepper": "old"], version: 1)
        _ = try await text("pepper")
        vault.set("acme", ["pepper": "new"], version: 2)
        await cache.lookAgain()
        #expect(try await text("pepper") == "old")
        clock.advance(by: .seconds(1))
        for _ in 0..<3 { await cache.lookAgain() }
        #expect(try await text("pepper") == "new")
        #expect(vault.looks == 2)
    }

    @Test("a field that comes later is found within the refresh")
    func laterField() async throws {
        vault.set("acme", ["salt": "x"], version: 1)
        #expect(try await text("pepper") == nil)
        vault.set("acme", ["salt": "x", "pepper": "y"], version: 2)
        clock.advance(by: .seconds(30))
        #expect(try await text("pepper") == "y")
    }

    @Test("what vanishes after it was good stays in use, and its end is told", arguments: [true, false])
    func vanished(wholePath: Bool) async throws {
        vault.set("acme", ["pepper": "good", "salt": "x"], version: 1)
        _ = try await text("pepper")
        if wholePath { vault.remove("acme") } else { vault.set("acme", ["salt": "x"], version: 2) }
        for _ in 0..<3 {
            clock.advance(by: .seconds(30))
            await cache.lookAtDue()
            #expect(try await text("pepper") == "good")
        }
        #expect(log.lines.count == 1)
        clock.advance(by: .seconds(3600))
        #expect(try await text("pepper") == nil)
    }

    @Test("a value that is not text is an error at first, and no reason to lose a good one later")
    func notText() async throws {
        vault.set("acme", ["pepper": nil], version: 1)
        await #expect(throws: VaultProblem.notText) { try await text("pepper") }
        vault.set("acme", ["pepper": "good"], version: 2)
        clock.advance(by: .seconds(30))
        #expect(try await text("pepper") == "good")
        vault.set("acme", ["pepper": nil], version: 3)
        clock.advance(by: .seconds(30))
        await cache.lookAtDue()
        #expect(try await text("pepper") == "good")
    }

    @Test("when closed it gives what it remembers and looks no more")
    func closed() async throws {
        vault.set("acme", ["pepper": "good"], version: 1)
        _ = try await text("pepper")
        await cache.close()
        clock.advance(by: .seconds(60))
        #expect(try await text("pepper") == "good")
        await #expect(throws: VaultProblem.closed) { try await text("salt") }
        clock.advance(by: .seconds(3600))
        await #expect(throws: VaultProblem.closed) { try await text("pepper") }
        #expect(vault.looks == 1)
    }

    @Test("who is cancelled goes at once, while the others wait on for the same look")
    func cancellation() async throws {
        vault.set("acme", ["pepper": "x"], version: 1)
        let gate = vault.hold()
        let patient = Task { try await text("pepper") }
        let hasty = Task { try await text("pepper") }
        try await eventually { [vault] in vault.looks == 1 }
        hasty.cancel()
        await #expect(throws: VaultProblem.cancelled) { try await hasty.value }
        gate.open()
        #expect(try await patient.value == "x")
        #expect(vault.looks == 1)
    }

    @Test("a secret in use is looked at again although nobody asks for it")
    func ticker() async throws {
        vault.set("acme", ["pepper": "old"], version: 1)
        let (vault, time, start) = (vault, FixedClock(), FixedClock().now)
        let clock = VaultClock(now: time.reading) { duration in
            #expect(duration >= .seconds(12) && duration <= .seconds(15))
            guard time.now < start + 20 else { return try await Task.sleep(for: .seconds(3600)) }
            time.advance(by: duration)
        }
        let cache = SecretCache(
            refresh: .seconds(30), timeToLive: .seconds(3600), clock: clock, metrics: VaultMetrics(name: "acme"),
            logger: log.logger
        ) { path async throws(VaultProblem) in try await vault.look(path) }
        _ = try await cache.resolve(name("pepper"))
        try await eventually { vault.looks == 2 }
        #expect(time.now <= start + 30)
        await cache.close()
    }

    @Test("no log line holds a value")
    func silence() async throws {
        vault.set("acme", ["pepper": "canary"], version: 1)
        _ = try await text("pepper")
        vault.remove("acme")
        clock.advance(by: .seconds(30))
        await cache.lookAtDue()
        #expect(!log.lines.isEmpty)
        #expect(!log.lines.contains { $0.contains("canary") })
    }

    private func name(_ field: String) throws -> VaultPath { try #require(VaultPath("acme#\(field)")) }

    private func text(_ field: String) async throws -> String? {
        try await cache.resolve(name(field))?.text
    }
}

/// A Vault that holds what a test writes into it, and counts how often it was looked at.
private final class ScriptedVault: Sendable {
    private struct State {
        var documents: [String: KVDocument] = [:]
        var problem: VaultProblem?
        var gate: Gate?
        var looks = 0
    }

    static let changedAt = Date(timeIntervalSince1970: 1_700_000_000)

    private let state = Mutex(State())

    var looks: Int { state.withLock { $0.looks } }

    /// - Parameter fields: `nil` for a value that is not text.
    func set(_ path: String, _ fields: [String: String?], version: Int) {
        let fields = fields.mapValues { value in
            (value: value.map { KVField.text(SecretBytes($0.utf8)) } ?? .notText, version: "v\(version)")
        }
        state.withLock { $0.documents[path] = KVDocument(fields: fields, changedAt: Self.changedAt) }
    }

    func remove(_ path: String) {
        state.withLock { $0.documents[path] = nil }
    }

    func fail(with problem: VaultProblem?) {
        state.withLock { $0.problem = problem }
    }

    /// Makes looks wait until the gate is opened.
    func hold() -> Gate {
        let gate = Gate()
        state.withLock { $0.gate = gate }
        return gate
    }

    func look(_ path: String) async throws(VaultProblem) -> KVDocument? {
        let gate = state.withLock { state in
            state.looks += 1
            return state.gate
        }
        await gate?.pass()
        let (problem, document) = state.withLock { ($0.problem, $0.documents[path]) }
        if let problem { throw problem }
        return document
    }
}
