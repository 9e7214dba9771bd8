import DatabaseTesting
import Foundation
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

@Suite("A list of API keys that is narrowed down")
struct KeyListTests {
    private let caller = Caller.hostOperator(.test())

    @Test("finds by a state the very keys that are shown in it, whatever was noted of their secrets")
    func states() async throws {
        let tenant = try await TestTenant.make("api_keys: {max_age: 2h, warn_before: 10m, overlap: 10m}")
        var keys: [KeyID] = []
        for number in 0..<8 { keys.append(try await tenant.apiKey("key \(number)").key.id) }
        keys.append(try await tenant.apiKey("short", lifetimeSeconds: 900).key.id)
        _ = try await tenant.rotate(keys[0])
        _ = try await tenant.rotate(keys[1])
        _ = try await tenant.apiKeys.finishRotation(of: keys[1], by: caller).get()
        _ = try await tenant.rotate(keys[2])
        _ = try await tenant.apiKeys.cancelRotation(of: keys[2], by: caller).get()
        _ = try await tenant.apiKeys.revoke(keys[3], because: "expired", by: caller).get()
        _ = try await tenant.rotate(keys[4])
        _ = try await tenant.apiKeys.revoke(keys[4], because: nil, by: caller).get()
        _ = try await tenant.apiKeys.delete(keys[5], by: caller).get()
        _ = try await tenant.rotate(keys[6], overlapSeconds: 3600)
        // At once; the overlap and the short key are over, and nobody has noticed; it was noticed; and all are over.
        try await expectStates(of: tenant, [.active, .rotating, .revoked])
        tenant.clock.advance(by: .seconds(1000))
        try await expectStates(of: tenant, [.active, .rotating, .expired, .revoked])
        _ = try await tenant.ringKeyClock()
        try await expectStates(of: tenant, [.active, .rotating, .expired, .revoked])
        tenant.clock.advance(by: .seconds(7000))
        try await expectStates(of: tenant, [.expired, .revoked])
        _ = try await tenant.ringKeyClock()
        try await expectStates(of: tenant, [.expired, .revoked])
    }

    private func expectStates(of tenant: TestTenant, _ expected: Set<APIKey.State>) async throws {
        let all = try await tenant.apiKeys.list(after: nil, limit: 50)
        #expect(Set(all.map { $0.state(at: tenant.clock.now) }) == expected)
        for state in APIKey.State.allCases {
            let listed = try await tenant.apiKeys.list(KeyListFilter(state: state), after: nil, limit: 50)
            let shown = all.filter { $0.state(at: tenant.clock.now) == state }
            #expect(listed.map(\.id) == shown.map(\.id), "\(state)")
        }
    }

    @Test("finds by scope, name, age and owner, and by all of them together")
    func parts() async throws {
        let tenant = try await TestTenant.make()
        let keeper = try await tenant.keeper()
        // Ids that are made within one millisecond are in no order, and times are rounded.
        let old = try await tenant.apiKey("job one", scopes: [.usersRead]).key.id
        tenant.clock.advance(by: .milliseconds(2))
        let replaced = try await tenant.apiKey("job two", scopes: [.auditRead]).key.id
        tenant.clock.advance(by: .seconds(100))
        let owned = try await tenant.apiKey("job three", scopes: [.usersRead, .auditRead], by: keeper).key.id
        _ = try await tenant.rotate(replaced)
        tenant.clock.advance(by: .milliseconds(2))
        let gone = try await tenant.apiKey("gone_%", scopes: [.usersRead]).key.id
        _ = try await tenant.apiKeys.revoke(gone, because: nil, by: caller).get()
        let cases: [(KeyListFilter, [KeyID])] = [
            (KeyListFilter(), [old, replaced, owned, gone]),
            (KeyListFilter(KeyFilter(scope: .auditRead)), [replaced, owned]),
            (KeyListFilter(KeyFilter(scope: .rolesRead)), []),
            (KeyListFilter(KeyFilter(name: "job*")), [old, replaced, owned]),
            (KeyListFilter(KeyFilter(name: "job one")), [old]), (KeyListFilter(KeyFilter(name: "job")), []),
            (KeyListFilter(KeyFilter(name: "gone_%")), [gone]), (KeyListFilter(KeyFilter(name: "%*")), []),
            // Of a key, the secret counts that is its own; one that is at its end has none.
            (KeyListFilter(KeyFilter(olderThanSeconds: 100)), [old]),
            (KeyListFilter(KeyFilter(olderThanSeconds: 0)), [old, replaced, owned]),
            (KeyListFilter(owner: keeper.person), [owned]),
            (KeyListFilter(owner: .make(at: tenant.clock.now)), []),
            (
                KeyListFilter(
                    KeyFilter(olderThanSeconds: 0, scope: .auditRead, name: "job*"), state: .active,
                    owner: keeper.person), [owned]
            ),
            (KeyListFilter(KeyFilter(scope: .auditRead), state: .rotating), [replaced]),
            (KeyListFilter(KeyFilter(name: "job*"), state: .revoked), []),
        ]
        for (filter, expected) in cases {
            #expect(try await tenant.apiKeys.list(filter, after: nil, limit: 50).map(\.id) == expected, "\(filter)")
        }
        let filter = KeyListFilter(KeyFilter(name: "job*"))
        #expect(try await tenant.apiKeys.list(filter, after: old, limit: 1).map(\.id) == [replaced])
    }

    @Test("finds nothing of another tenant, whose person is named or not")
    func otherTenant() async throws {
        let (home, stranger) = (try await TestTenant.make(), try await TestTenant.make())
        let keeper = try await home.keeper()
        _ = try await home.apiKey("ours", by: keeper)
        for filter in [
            KeyListFilter(KeyFilter(name: "ours")), KeyListFilter(state: .active), KeyListFilter(owner: keeper.person),
            KeyListFilter(KeyFilter(olderThanSeconds: 0)), KeyListFilter(KeyFilter(scope: .usersRead)),
        ] {
            #expect(try await home.apiKeys.list(filter, after: nil, limit: 9).count == 1, "\(filter)")
            #expect(try await stranger.apiKeys.list(filter, after: nil, limit: 9).isEmpty, "\(filter)")
        }
    }
}
