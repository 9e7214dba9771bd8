import DatabaseTesting
import PluginKit
import Testing

@testable import Kernel

@Suite("The last owner")
struct LastOwnerTests {
    @Test("stays an active owner, whoever asks", arguments: [PeopleChange.suspend, .delete, .setRoles])
    func stays(_ change: PeopleChange) async throws {
        let tenant = try await TestTenant.make()
        let owner = try await tenant.signedIn(roles: ["owner"])
        for caller in [Caller.hostOperator(.test()), try await tenant.caller(owner)] {
            #expect(try await change.apply(to: owner.id, in: tenant, by: caller) == .lastOwner)
        }
        #expect(try await tenant.isLive(owner))
        #expect(try await tenant.people.user(owner.id)?.roles == ["owner"])
        #expect(try await tenant.events(change.event).map(\.reason) == ["last_owner", "last_owner"])
    }

    @Test(
        "may go once there is another active one, and not because of one who is not active",
        arguments: [PeopleChange.suspend, .delete, .setRoles])
    func another(_ change: PeopleChange) async throws {
        let tenant = try await TestTenant.make()
        let (owner, other) = (try await tenant.person(roles: ["owner"]), try await tenant.person(roles: ["owner"]))
        _ = try await tenant.people.suspend(other.id, by: .hostOperator(.test())).get()
        #expect(try await change.apply(to: owner.id, in: tenant, by: .hostOperator(.test())) == .lastOwner)
        _ = try await tenant.people.resume(other.id, by: .hostOperator(.test())).get()
        #expect(try await change.apply(to: owner.id, in: tenant, by: .hostOperator(.test())) == nil)
    }

    @Test(
        "is one of two who remove each other at the same time", arguments: [PeopleChange.suspend, .delete, .setRoles])
    func race(_ change: PeopleChange) async throws {
        for _ in 0..<10 {
            let tenant = try await TestTenant.make()
            let owners = [try await tenant.person(roles: ["owner"]).id, try await tenant.person(roles: ["owner"]).id]
            let refusals = try await inParallel(2) { number in
                try await change.apply(to: owners[number], in: tenant, by: .hostOperator(.test()))
            }
            #expect(refusals.count { $0 == .lastOwner } == 1)
            #expect(refusals.count { $0 == nil } == 1)
        }
    }

    @Test("of many who are removed at once, one is left")
    func crowd() async throws {
        let tenant = try await TestTenant.make()
        var owners: [UserID] = []
        for _ in 0..<6 { owners.append(try await tenant.person(roles: ["owner"]).id) }
        let everybody = owners
        let refusals = try await inParallel(6) { number in
            try await PeopleChange.allCases[number % 2 == 0 ? 1 : 3].apply(
                to: everybody[number], in: tenant, by: .hostOperator(.test()))
        }
        #expect(refusals.count { $0 == .lastOwner } == 1)
        let active = try await tenant.people.list(after: nil, limit: 50).filter { $0.state == .active }
        #expect(active.count == 1)
    }
}
