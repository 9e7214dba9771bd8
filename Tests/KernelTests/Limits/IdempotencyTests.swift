import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Repeated requests")
struct IdempotencyTests {
    private let body = Array("canary of an answer".utf8)

    @Test("a repeat is given the answer of the first")
    func replay() async throws {
        let tenant = try await TestTenant.make()
        try await answer("key", in: tenant)
        #expect(try await tenant.claim("key").answer == .init(status: 201, body: body))
        #expect(try await tenant.claim("key").answer == .init(status: 201, body: body))
    }

    @Test("the same key for another request is told apart, answered or not")
    func anotherRequest() async throws {
        let tenant = try await TestTenant.make()
        let request = try #require(try await tenant.claim("key").fresh)
        #expect(try await tenant.claim("key", request: [2]).kind == .usedForAnotherRequest)
        try await tenant.idempotency.finish(request, status: 201, body: body)
        #expect(try await tenant.claim("key", request: [2]).kind == .usedForAnotherRequest)
    }

    @Test("of many at once, one does the deed and the others are told that it is running")
    func parallel() async throws {
        let tenant = try await TestTenant.make()
        let kinds = try await inParallel(20) { _ in try await tenant.claim("key").kind }
        #expect(kinds.count { $0 == .fresh } == 1)
        #expect(kinds.count { $0 == .stillRunning } == 19)
    }

    @Test("what failed may be tried again")
    func abandoned() async throws {
        let tenant = try await TestTenant.make()
        let request = try #require(try await tenant.claim("key").fresh)
        try await tenant.idempotency.abandon(request)
        #expect(try await tenant.claim("key").kind == .fresh)
    }

    @Test("what was answered is not forgotten by giving up")
    func abandonedAfterAnswer() async throws {
        let tenant = try await TestTenant.make()
        let request = try #require(try await tenant.claim("key").fresh)
        try await tenant.idempotency.finish(request, status: 201, body: body)
        try await tenant.idempotency.abandon(request)
        #expect(try await tenant.claim("key").kind == .answered)
    }

    @Test("a request that was lost is not done anew for a day, unless the deed would have kept the answer itself")
    func leftOpen() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.claim("open", mayBeDoneAnew: false)
        tenant.clock.advance(by: .seconds(60))
        #expect(try await tenant.claim("open", mayBeDoneAnew: false).kind == .stillRunning)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.claim("open", mayBeDoneAnew: false).kind == .leftOpen)
        #expect(try await tenant.claim("open", request: [2], mayBeDoneAnew: false).kind == .usedForAnotherRequest)
        tenant.clock.advance(by: .seconds(86_400 - 61))
        #expect(try await tenant.claim("open", mayBeDoneAnew: false).kind == .leftOpen)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.claim("open", mayBeDoneAnew: false).kind == .fresh)
    }

    @Test("a request that never finished is taken for lost after a minute, an answer is kept for a day")
    func times() async throws {
        let tenant = try await TestTenant.make()
        _ = try await tenant.claim("lost")
        try await answer("kept", in: tenant)
        tenant.clock.advance(by: .seconds(60))
        #expect(try await tenant.claim("lost").kind == .stillRunning)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.claim("lost").kind == .fresh)
        tenant.clock.advance(by: .seconds(86_400 - 61))
        #expect(try await tenant.claim("kept").kind == .answered)
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.claim("kept").kind == .fresh)
    }

    @Test("keys of other credentials, routes and tenants never meet")
    func apart() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        try await answer("key", in: tenant)
        #expect(try await tenant.claim("key", credential: "another").kind == .fresh)
        #expect(try await tenant.claim("key", route: "POST /others").kind == .fresh)
        #expect(try await other.claim("key").kind == .fresh)
        // The parts are told apart by their lengths, not by where one happens to end.
        #expect(try await tenant.claim("y", route: "POST /usersk e").kind == .fresh)
        #expect(try await tenant.claim("key").kind == .answered)
    }

    @Test("neither key nor answer stands in the table as it is")
    func sealed() async throws {
        let tenant = try await TestTenant.make()
        try await answer("canary-key", in: tenant)
        let row = try #require(
            try await tenant.database.value(
                "SELECT encode(key_hash || request_hash || sealed_body, 'escape') || status FROM gatehouse.idempotency_keys"
            ))
        #expect(!row.contains("canary"))
        #expect(row.hasSuffix("201"))
    }

    @Test("an answer that was moved to another key does not open")
    func moved() async throws {
        let tenant = try await TestTenant.make()
        try await answer("one", in: tenant)
        let other = try #require(try await tenant.claim("other").fresh)
        try await tenant.idempotency.finish(other, status: 200, body: [1])
        try await tenant.database.affected(
            """
            UPDATE gatehouse.idempotency_keys
            SET    sealed_body = (SELECT sealed_body FROM gatehouse.idempotency_keys WHERE status = 201)
            WHERE  status = 200
            """)
        await #expect(throws: (any Error).self) { _ = try await tenant.claim("other") }
    }

    private func answer(_ key: String, in tenant: TestTenant) async throws {
        let request = try #require(try await tenant.claim(key).fresh)
        try await tenant.idempotency.finish(request, status: 201, body: body)
    }
}

extension TestTenant {
    fileprivate var idempotency: Idempotency { get async throws { try await services.idempotency(of: tenant) } }

    fileprivate func claim(
        _ key: String, credential: String = "user", route: String = "POST /users", request: [UInt8] = [1],
        mayBeDoneAnew: Bool = true
    ) async throws -> Idempotency.Claim {
        try await idempotency.claim(
            key: key, credential: credential, route: route, request: request, mayBeDoneAnew: mayBeDoneAnew)
    }
}

extension Idempotency.Claim {
    fileprivate enum Kind { case fresh, answered, usedForAnotherRequest, stillRunning, leftOpen }

    fileprivate struct Answer: Equatable {
        let status: Int
        let body: [UInt8]
    }

    fileprivate var kind: Kind {
        switch self {
        case .fresh: .fresh
        case .answered: .answered
        case .usedForAnotherRequest: .usedForAnotherRequest
        case .stillRunning: .stillRunning
        case .leftOpen: .leftOpen
        }
    }

    fileprivate var fresh: IdempotentRequest? {
        if case .fresh(let request) = self { request } else { nil }
    }

    fileprivate var answer: Answer? {
        if case .answered(let status, let body) = self { Answer(status: status, body: body) } else { nil }
    }
}
