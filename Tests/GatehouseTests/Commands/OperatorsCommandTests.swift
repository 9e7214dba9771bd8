import ArgumentParser
import Foundation
import Kernel
import PluginKit
import Testing

@testable import GatehouseProgram

@Suite("gatehouse operators") struct OperatorsCommandTests {
    @Test("a key has no end and the one before a day, unless it is said")
    func defaults() throws {
        let create = try #require(try OperatorsCommand.parseAsRoot(["create", "ops"]) as? OperatorsCommand.Create)
        #expect(try create.key.lifetime() == nil)
        let rotate = try #require(
            try OperatorsCommand.parseAsRoot(["rotate", "ops", "--expires-in", "90d"]) as? OperatorsCommand.Rotate)
        #expect(try rotate.key.lifetime() == 90 * 86_400)
        #expect(rotate.overlap == "24h")
        #expect(throws: ExitCode.usage) {
            var options = rotate.key
            options.expiresIn = "soon"
            _ = try options.lifetime()
        }
    }

    @Test("a row says what the key is worth now")
    func states() throws {
        let now = Date(timeIntervalSince1970: 1_000_000)
        let (past, future) = (now.addingTimeInterval(-1), now.addingTimeInterval(1))
        #expect(row(at: now).state == .active)
        #expect(row(at: now, expires: future).state == .active)
        #expect(row(at: now, expires: now).state == .expired)
        #expect(row(at: now, expires: past, revoked: past).state == .revoked)
        #expect(row(at: now, previous: future).previousKeyUntil == future)
        #expect(row(at: now, previous: past).previousKeyUntil == nil)
        #expect(row(at: now, revoked: past, previous: future).previousKeyUntil == nil)
        #expect(row(at: now, expires: future).line.contains(": active, made 1970-01-12T13:46:40Z, ends "))
    }

    private func row(at now: Date, expires: Date? = nil, revoked: Date? = nil, previous: Date? = nil) -> OperatorRow {
        OperatorRow(
            OperatorRecord(
                id: OperatorID.make(at: now), name: "ops", createdAt: now, expiresAt: expires, revokedAt: revoked,
                previousKeyUntil: previous),
            at: now)
    }
}
