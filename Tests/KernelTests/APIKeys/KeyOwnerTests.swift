import DatabaseTesting
import PluginKit
import PluginTesting
import Testing

@testable import Kernel

/// All on a node that remembers keys, and right after a use that it remembers.
@Suite("An API key and its owner")
struct KeyOwnerTests {
    @Test("the key is dead at once when he is suspended, and good again when he is not")
    func suspension() async throws {
        let (tenant, keeper, issued) = try await OwnedKey.make()
        for _ in 0..<2 {
            #expect(try await tenant.refusal(of: issued.text) == nil)
            _ = try await tenant.people.suspend(keeper.person, by: .hostOperator(.test())).get()
            #expect(try await tenant.refusal(of: issued.text) == .ownerInactive)
            _ = try await tenant.people.resume(keeper.person, by: .hostOperator(.test())).get()
        }
        #expect(try await tenant.refusal(of: issued.text) == nil)
    }

    @Test("the key is dead at once when he is deleted, with both of its secrets")
    func deletion() async throws {
        let (tenant, keeper, issued) = try await OwnedKey.make()
        let rotated = try await tenant.rotate(issued.key.id)
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == nil) }
        _ = try await tenant.people.delete(keeper.person, by: .hostOperator(.test())).get()
        for text in [issued.text, rotated.text] { #expect(try await tenant.refusal(of: text) == .ownerInactive) }
    }

    @Test("the key allows at once no more than the roles that are left to him")
    func roles() async throws {
        let (tenant, keeper, issued) = try await OwnedKey.make()
        #expect(try await tenant.refusal(of: issued.text, for: [.usersRead, .auditRead]) == nil)
        for (roles, read, audit) in [
            (["manager"], nil, KeyRefusal.insufficientScope), ([], .insufficientScope, .insufficientScope),
            (["admin"], nil, nil),
        ] as [([String], KeyRefusal?, KeyRefusal?)] {
            _ = try await tenant.people.setRoles(roles, of: keeper.person, by: .hostOperator(.test())).get()
            #expect(try await tenant.refusal(of: issued.text, for: [.usersRead]) == read, "\(roles)")
            #expect(try await tenant.refusal(of: issued.text, for: [.auditRead]) == audit, "\(roles)")
        }
        #expect(try await tenant.verify(issued.text).key?.scopes == ["audit.read", "users.read"])
    }

    @Test("the key allows at once what a role of the tenant's own allows now")
    func ownRole() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let write = { (permissions: Set<Permission>, version: Int?) async throws -> Int in
            try await tenant.roles.write(
                "reader", permissions: permissions, expected: version, by: .hostOperator(.test())
            ).get().version
        }
        var version = try await write([.usersRead, .auditRead], nil)
        let keeper = try await tenant.keeper(roles: ["reader"])
        let issued = try await tenant.apiKey(scopes: [.usersRead, .auditRead], by: keeper)
        #expect(try await tenant.refusal(of: issued.text, for: [.auditRead]) == nil)
        version = try await write([.usersRead], version)
        #expect(try await tenant.refusal(of: issued.text, for: [.auditRead]) == .insufficientScope)
        #expect(try await tenant.refusal(of: issued.text, for: [.usersRead]) == nil)
        _ = try await write([.usersRead, .auditRead], version)
        #expect(try await tenant.refusal(of: issued.text, for: [.auditRead]) == nil)
    }

    @Test("the key never allows more than its scopes, whatever its owner may do")
    func scopes() async throws {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let issued = try await tenant.apiKey(scopes: [.usersRead], by: try await tenant.keeper(roles: ["owner"]))
        for permission in Permission.allCases {
            let refusal = try await tenant.refusal(of: issued.text, for: [permission])
            #expect(refusal == (permission == .usersRead ? nil : .insufficientScope))
        }
    }

    @Test("a key of the tenant itself outlives everybody")
    func nobodys() async throws {
        let (tenant, keeper, _) = try await OwnedKey.make()
        let issued = try await tenant.apiKey(scopes: [.tenantOwn])
        #expect(try await tenant.refusal(of: issued.text, for: [.tenantOwn]) == nil)
        _ = try await tenant.people.delete(keeper.person, by: .hostOperator(.test())).get()
        #expect(try await tenant.refusal(of: issued.text, for: [.tenantOwn]) == nil)
    }
}

/// A key of somebody, on a node that remembers keys.
private enum OwnedKey {
    static func make() async throws -> (TestTenant, Caller, IssuedAPIKey) {
        let tenant = try await TestTenant.make(remembersKeys: true)
        let keeper = try await tenant.keeper()
        return (tenant, keeper, try await tenant.apiKey(scopes: [.usersRead, .auditRead], by: keeper))
    }
}
