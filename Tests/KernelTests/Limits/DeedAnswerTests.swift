import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("Answers kept in the transaction of a deed")
struct DeedAnswerTests {
    private let caller = Caller(actor: .hostOperator, permissions: Set(Permission.allCases), origin: .test())

    @Test("of two that claimed the same key one after the other, one does the deed, whoever comes first")
    func claimedAnew() async throws {
        let tenant = try await TestTenant.make()
        let slow = try await tenant.claim()
        tenant.clock.advance(by: .seconds(61))
        let quick = try await tenant.claim()
        _ = try await create(in: tenant, keeping: quick)
        await #expect(throws: ClaimLost.self) { try await create(in: tenant, keeping: slow) }
        #expect(try await tenant.keyCount == 1)
    }

    @Test("an answer that cannot be written undoes the deed")
    func unwritable() async throws {
        let tenant = try await TestTenant.make()
        let kept = DeedAnswer<IssuedAPIKey>(to: try await tenant.claim(), in: try await tenant.idempotency) { _ in
            throw DatabaseError.unavailable
        }
        await #expect(throws: DatabaseError.unavailable) {
            _ = try await tenant.services.apiKeys(of: tenant.tenant).create(new, by: caller, keeping: kept)
        }
        #expect(try await tenant.keyCount == 0)
    }

    @Test("a claim of another tenant is none")
    func anotherTenant() async throws {
        let (tenant, other) = (try await TestTenant.make(), try await TestTenant.make())
        let theirs = try await other.claim()
        await #expect(throws: ClaimLost.self) { try await create(in: tenant, keeping: theirs) }
        #expect(try await tenant.keyCount == 0)
    }

    private var new: NewAPIKey { NewAPIKey(name: "reports", scopes: [.usersRead]) }

    private func create(in tenant: TestTenant, keeping request: IdempotentRequest) async throws -> IssuedAPIKey {
        let kept = DeedAnswer<IssuedAPIKey>(to: request, in: try await tenant.idempotency) { _ in (201, [1]) }
        return try await tenant.services.apiKeys(of: tenant.tenant).create(new, by: caller, keeping: kept).get()
    }
}

extension TestTenant {
    fileprivate var idempotency: Idempotency { get async throws { try await services.idempotency(of: tenant) } }

    fileprivate var keyCount: Int { get async throws { try await database.affected("SELECT FROM gatehouse.api_keys") } }

    fileprivate func claim() async throws -> IdempotentRequest {
        let claim = try await idempotency.claim(
            key: "k1", credential: "somebody", route: "POST /api-keys", request: [1], mayBeDoneAnew: true)
        guard case .fresh(let request) = claim else { throw DatabaseError.unavailable }
        return request
    }
}
